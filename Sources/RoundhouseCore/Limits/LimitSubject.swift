internal import Synchronization

/// A key, a team or a model with its limits and what is taken of them. One lock, held for a few dozen instructions; any
/// thread may use it.
public final class LimitSubject: Sendable {
    /// What can have limits.
    public enum Kind: String, Sendable, CaseIterable {
        /// One key.
        case key
        /// All keys of a team.
        case team
        /// Everybody who uses a model.
        case model
    }

    /// What it is.
    public let kind: Kind
    /// Its name.
    public let name: String
    private let state: Mutex<LimitState>

    /// A subject of which nothing is taken.
    public init(_ kind: Kind, _ name: String, limits: RateLimits, budget: BudgetLimit? = nil) {
        self.kind = kind
        self.name = name
        state = Mutex(LimitState(limits: limits, budget: budget))
    }

    /// Changes the limits and keeps what was counted. If the budget is new, or has another period or currency, what was
    /// spent in its period is to be restored from the ledger.
    public func update(limits: RateLimits, budget: BudgetLimit?) {
        state.withLock { $0.update(limits: limits, budget: budget) }
    }

    /// What the ledger is to be asked for before the budget can be relied on; nil if there is none or everything is counted.
    /// - Parameter now: seconds since 1970.
    /// - Returns: the period's beginning in seconds since 1970, and the currency in which spending counts.
    public func spendingToRestore(now: Int64) -> (since: Int64, currency: String)? {
        state.withLock { state in
            guard let since = state.restoreStart(now: now), let currency = state.budget?.limit.currency else {
                return nil
            }
            return (since, currency)
        }
    }

    /// Takes over what was spent since the beginning of a period. If requests were counted meanwhile, the larger of the two
    /// sums counts; if the period is over, nothing does.
    /// - Parameter periodStart: seconds since 1970.
    public func restore(spent: Money, periodStart: Int64) {
        state.withLock { $0.restore(spent: spent, periodStart: periodStart) }
    }

    /// What is used now.
    public func reading(now: LimitTime) -> LimitReading {
        var reading = LimitReading(kind: kind, name: name)
        state.withLock { $0.read(into: &reading, now: now) }
        return reading
    }

    /// Takes from all its limits, or from none.
    func admit(
        _ request: LimitRequest, now: LimitTime, headers: inout RateLimitHeaders
    ) throws(LimitRefusal) -> LimitHold {
        try granted(state.withLock { $0.admit(request, now: now, headers: &headers) })
    }

    /// Holds another amount of the budget for a request that has been admitted.
    func hold(
        _ cost: Money?, currency: String, inPlaceOf hold: LimitHold, _ oldCurrency: String, now: LimitTime
    ) throws(LimitRefusal) -> LimitHold {
        try granted(state.withLock { $0.hold(cost, currency, inPlaceOf: hold, oldCurrency, now: now) })
    }

    private func granted(_ verdict: LimitState.Verdict) throws(LimitRefusal) -> LimitHold {
        switch verdict {
        case .held(let hold): return hold
        case .refused(let why):
            throw LimitRefusal(
                kind: kind, name: name, limit: why.limit, allowed: why.allowed, used: why.used, asked: why.asked,
                retryAfter: why.retryAfter, budget: why.budget, budgetEnd: why.budgetEnd)
        }
    }

    func settle(_ hold: LimitHold, used: Int?, cost: Money?, currency: String, now: LimitTime) {
        state.withLock { $0.settle(hold, used: used, cost: cost, currency: currency, now: now) }
    }

    func rollBack(_ hold: LimitHold, currency: String) {
        state.withLock { $0.rollBack(hold, currency: currency) }
    }

    func abandon(_ hold: LimitHold, currency: String) {
        state.withLock { $0.abandon(hold, currency: currency) }
    }

    func describe(in headers: inout RateLimitHeaders, now: Int64) {
        state.withLock { $0.describe(in: &headers, now: now) }
    }
}
