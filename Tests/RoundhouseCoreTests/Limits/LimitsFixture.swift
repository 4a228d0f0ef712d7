import Synchronization

@testable import RoundhouseCore

/// Limits in one line.
func rates(requests: Int? = nil, tokens: Int? = nil, concurrent: Int? = nil, shadow: Bool = false) -> RateLimits {
    var limits = RateLimits()
    limits.requestsPerMinute = requests
    limits.tokensPerMinute = tokens
    limits.concurrent = concurrent
    limits.shadow = shadow
    return limits
}

extension LimitTime {
    /// 2026-11-24T00:00:00Z and so many seconds.
    static func at(_ seconds: Double) -> LimitTime {
        LimitTime(uptimeNanoseconds: Int64(seconds * 1e9), wallSeconds: 1_795_478_400 + Int64(seconds))
    }
}

extension BudgetLimit {
    static func daily(_ units: Double, _ currency: String = "USD") -> BudgetLimit {
        BudgetLimit(amount: Money(units: units), period: .day, currency: currency)
    }
}

/// An admission that a test can put into an array.
final class HeldAdmission: Sendable {
    let headers: RateLimitHeaders
    private let admission: Mutex<Admission>

    init(_ admission: consuming sending Admission) {
        headers = admission.headers
        self.admission = Mutex(admission)
    }

    func settle(tokens: Int?, cost: Money? = nil, at seconds: Double = 0) {
        admission.withLock { $0.settle(tokens: tokens, cost: cost, now: .at(seconds)) }
    }

    func drop() { admission.withLock { $0 = Admission() } }
}

/// Asks for one request; the refusal if it is refused.
func ask(
    _ subjects: LimitSubject?..., tokens: Int = 0, explicitly: Bool = false, cost: Money? = nil,
    currency: String = "USD",
    at seconds: Double = 0
) -> Result<HeldAdmission, LimitRefusal> {
    let all = subjects + [nil, nil, nil]
    var admission = Admission()
    do throws(LimitRefusal) {
        try admission.admit(
            key: all[0], team: all[1], model: all[2],
            estimate: LimitEstimate(input: 0, output: tokens, isExplicit: explicitly), cost: cost, currency: currency,
            now: .at(seconds))
        return .success(HeldAdmission(admission))
    } catch {
        return .failure(error)
    }
}

extension Result where Success == HeldAdmission, Failure == LimitRefusal {
    var refusal: LimitRefusal? {
        if case .failure(let refusal) = self { refusal } else { nil }
    }

    var held: HeldAdmission? { try? get() }
}
