/// What one request holds of the limits that apply to it: its key's, its team's and its model's.
///
/// It lives where the request does, so that taking and settling move nothing and allocate nothing. It cannot be copied, so
/// that nothing is given back twice. It belongs to one thread at a time; what it takes from is shared.
///
/// An admission that is dropped without being settled gives back its places and its money, and leaves its tokens counted.
public struct Admission: ~Copyable, Sendable {
    /// The most subjects that one request can take from.
    public static let capacity = 6

    // Two arrays, because an empty one of pairs is made by copying a pair with all that it refers to.
    private var subjects = InlineArray<6, LimitSubject?>(repeating: nil)
    private var holds = InlineArray<6, LimitHold>(repeating: LimitHold())
    private var count = 0
    private var currency = ""
    /// What was left of the tightest limits when the request was admitted.
    public private(set) var headers = RateLimitHeaders()

    /// Holds nothing.
    public init() {}

    /// Takes from the limits of all subjects, or from none: however many threads come here at once, no limit is exceeded. A
    /// request that is refused counts nowhere.
    ///
    /// - Parameters:
    ///   - cost: what the estimate would cost; nil is a model without a price, which no budget is asked about.
    ///   - currency: ISO 4217 code of all costs of this request.
    /// - Throws: the first refusal, in the order of the subjects.
    public mutating func admit(
        key: LimitSubject?, team: LimitSubject? = nil, model: LimitSubject? = nil, estimate: LimitEstimate,
        cost: Money? = nil, currency: String = "USD", now: LimitTime
    ) throws(LimitRefusal) {
        if count == 0 { headers = RateLimitHeaders() }
        guard key != nil || team != nil || model != nil else { return }
        self.currency = currency
        let before = (count: count, headers: headers)
        let request = LimitRequest(
            tokens: estimate.total, isExplicit: estimate.isExplicit, cost: cost, currency: currency)
        do throws(LimitRefusal) {
            if let key { try take(from: key, request, now: now) }
            if let team { try take(from: team, request, now: now) }
            if let model { try take(from: model, request, now: now) }
        } catch {
            headers = before.headers
            while count > before.count {
                count -= 1
                subjects[count]?.rollBack(holds[count], currency: currency)
                subjects[count] = nil
            }
            var refusal = error
            for subject in [key, team, model] { subject?.describe(in: &refusal.headers, now: now.uptimeNanoseconds) }
            throw refusal
        }
    }

    /// A request goes on to another model: gives back what it holds of the one before, holds of the budgets what this one may cost,
    /// and takes from this one's limits. It stays counted once for its key and its team.
    /// - Throws: the refusal; what is held of key and team stays held.
    public mutating func move(
        to model: LimitSubject?, estimate: LimitEstimate, cost: Money?, currency: String, now: LimitTime
    ) throws(LimitRefusal) {
        if count > 0, let last = subjects[count - 1], last.kind == .model {
            count -= 1
            last.settle(holds[count], used: nil, cost: nil, currency: self.currency, now: now)
            subjects[count] = nil
        }
        for index in 0..<count {
            guard let subject = subjects[index] else { continue }
            let old = holds[index]
            // Also a refusal has given back what was held of the budget.
            holds[index].cost = .zero
            holds[index] = try subject.hold(cost, currency: currency, inPlaceOf: old, self.currency, now: now)
        }
        self.currency = currency
        guard let model else { return }
        let request = LimitRequest(
            tokens: estimate.total, isExplicit: estimate.isExplicit, cost: cost, currency: currency)
        try take(from: model, request, now: now)
    }

    private mutating func take(
        from subject: LimitSubject, _ request: LimitRequest, now: LimitTime
    ) throws(LimitRefusal) {
        precondition(count < Self.capacity, "a request that takes from more than \(Self.capacity) subjects")
        holds[count] = try subject.admit(request, now: now, headers: &headers)
        subjects[count] = subject
        count += 1
    }

    /// The request is over, in whatever way; afterwards it holds nothing.
    /// - Parameters:
    ///   - tokens: what it took; nil if nothing reached a model, so that all that was reserved is given back. It counts as a
    ///     request in any case.
    ///   - cost: what it cost; nil if nothing or without a price.
    public mutating func settle(tokens: Int?, cost: Money?, now: LimitTime) {
        while count > 0 {
            count -= 1
            subjects[count]?.settle(holds[count], used: tokens, cost: cost, currency: currency, now: now)
            subjects[count] = nil
        }
    }

    deinit {
        for index in 0..<count { subjects[index]?.abandon(holds[index], currency: currency) }
    }
}
