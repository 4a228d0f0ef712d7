/// What of a budget is spent and what is reserved for requests that run, in the current calendar period. Times are wall
/// seconds since 1970.
///
/// A request counts in the period in which it ends; what is reserved outlives the end of a period.
struct BudgetMeter: Sendable {
    /// Why a request must not run.
    enum Refusal: Equatable {
        /// The whole budget would not be enough.
        case neverFits
        /// It fits if the requests that run cost less than is reserved for them.
        case reserved
        /// Too little is left of the period, which ends in so many seconds.
        case spent(seconds: Int64)
    }

    /// A clock that is set back by no more than this does not bring back a period that is over.
    private static let clockTolerance: Int64 = 3600

    private(set) var limit: BudgetLimit
    private(set) var spent = Money.zero
    private(set) var reserved = Money.zero
    /// Whether everything spent in this period is counted: because the ledger was asked, or because it began here.
    private(set) var isComplete = false
    private var periodStart = Int64.min
    /// `Int64.min` until the period is known.
    private var periodEnd = Int64.min

    /// A budget of which nothing is spent.
    init(_ limit: BudgetLimit) {
        self.limit = limit
    }

    /// Reserves what a request may cost.
    /// - Returns: why it must not run; nil if it may.
    mutating func reserve(_ estimate: Money, now: Int64) -> Refusal? {
        let refusal = refusal(of: estimate, now: now)
        if refusal == nil { reserved = reserved + max(.zero, estimate) }
        return refusal
    }

    /// Why a request that may cost so much must not run. Of a budget that is used up nothing runs, also what costs nothing.
    mutating func refusal(of estimate: Money, now: Int64) -> Refusal? {
        roll(to: now)
        let taken = spent + reserved
        if taken < limit.amount, estimate <= limit.amount - taken { return nil }
        if estimate > limit.amount || limit.amount <= .zero { return .neverFits }
        if spent < limit.amount, estimate <= limit.amount - spent { return .reserved }
        return .spent(seconds: max(1, periodEnd - now))
    }

    /// A request is over: what it cost takes the place of what was reserved for it.
    mutating func settle(reserved amount: Money, actual: Money, now: Int64) {
        roll(to: now)
        release(amount)
        spent = spent + max(.zero, actual)
    }

    /// Gives a reservation back.
    mutating func release(_ amount: Money) {
        reserved = max(.zero, reserved - amount)
    }

    /// Takes over what the ledger knows of a period, unless a later one has begun. What was counted here may be in it
    /// already, so that the larger of both counts.
    mutating func restore(spent known: Money, periodStart moment: Int64) {
        let start = limit.period.start(at: moment)
        guard start >= periodStart || periodEnd == .min else { return }
        if start != periodStart || periodEnd == .min { begin(at: start) }
        spent = max(spent, known)
        isComplete = true
    }

    /// Changes the budget. What was spent is kept as far as it certainly lies in the new period and is in the same
    /// currency; the rest is for the ledger to say.
    mutating func update(_ limit: BudgetLimit) {
        let old = self.limit
        self.limit = limit
        if limit.currency != old.currency {
            spent = .zero
            reserved = .zero
            isComplete = false
        }
        if limit.period != old.period {
            periodEnd = .min
            isComplete = false
        }
    }

    /// The beginning of the period of `now`.
    mutating func start(now: Int64) -> Int64 {
        roll(to: now)
        return periodStart
    }

    /// Begins another period if it is time, or if the clock was so far ahead that its period would not end for long.
    private mutating func roll(to now: Int64) {
        guard now >= periodEnd || now < periodStart - Self.clockTolerance else { return }
        if periodEnd != .min, now >= periodEnd { isComplete = true }
        begin(at: now)
    }

    /// Keeps what was spent in a period that began in this one.
    private mutating func begin(at moment: Int64) {
        let start = limit.period.start(at: moment)
        if start > periodStart { spent = .zero }
        periodStart = start
        periodEnd = limit.period.end(at: moment)
    }
}
