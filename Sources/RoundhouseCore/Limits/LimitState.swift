/// What a request asks of every limit that applies to it.
struct LimitRequest: Sendable {
    var tokens: Int
    /// Whether the client itself asks for so many.
    var isExplicit: Bool
    /// What it may cost; nil is unpriced.
    var cost: Money?
    var currency: String
}

/// What an admitted request holds of one subject.
struct LimitHold: Sendable, Equatable {
    /// Whether it counts at all: in shadow mode, what would have been refused does not.
    var isCounted = false
    /// Where the request was counted; nil if requests were not limited.
    var requestSecond: Int?
    /// Tokens that were reserved; nil if they were not limited.
    var tokens: Int?
    var tokenSecond = 0
    var cost = Money.zero
}

/// All limits of one key, team or model and what is taken of them: a pure state machine that `LimitSubject` locks.
///
/// A request takes from all limits or from none. In shadow mode one that would have been refused runs, and is left out of
/// what is counted against the limits, so that shadow refusals are those that there would have been.
struct LimitState: Sendable {
    /// Why a request does not get in.
    struct Obstacle: Sendable, Equatable {
        var limit: LimitRefusal.Limit
        var allowed: Int64
        var used: Int64
        var asked: Int64
        /// Seconds; nil is never.
        var retryAfter: Int?
        var budget: BudgetLimit?
        var budgetEnd: Int64?
    }

    enum Verdict: Sendable {
        case held(LimitHold)
        case refused(Obstacle)
    }

    private(set) var limits: RateLimits
    // Counted in `hold` too, which stands beside `obstacle`.
    var refusals = LimitCounts()
    private(set) var shadowRefusals = LimitCounts()
    /// Requests that run, also those that only run because of shadow mode.
    var active: Int { counted + uncounted }
    private var uncounted = 0

    // For `obstacle`, which asks them and changes nothing but how far they have come in time.
    var counted = 0
    var requests = SlidingMinute()
    var tokens = SlidingMinute()
    var budget: BudgetMeter?

    init(limits: RateLimits, budget: BudgetLimit?) {
        self.limits = limits
        self.budget = budget.map(BudgetMeter.init)
    }

    /// Changes the limits and keeps what was counted.
    mutating func update(limits: RateLimits, budget: BudgetLimit?) {
        self.limits = limits
        if let budget, self.budget != nil {
            self.budget?.update(budget)
        } else {
            self.budget = budget.map(BudgetMeter.init)
        }
    }

    /// A request wants in.
    /// - Parameter headers: take in what is left of these limits if it gets in.
    mutating func admit(_ request: LimitRequest, now: LimitTime, headers: inout RateLimitHeaders) -> Verdict {
        if let obstacle = obstacle(for: request, now: now) {
            guard limits.shadow else {
                refusals[obstacle.limit] += 1
                return .refused(obstacle)
            }
            shadowRefusals[obstacle.limit] += 1
            uncounted += 1
            return .held(LimitHold())
        }
        var hold = LimitHold(isCounted: true)
        counted += 1
        if limits.requestsPerMinute != nil { hold.requestSecond = requests.add(1, now: now.uptimeNanoseconds) }
        if let limit = limits.tokensPerMinute {
            let count = min(request.tokens, limit)
            hold.tokens = count
            hold.tokenSecond = tokens.add(count, now: now.uptimeNanoseconds)
        }
        if let cost = request.cost, budget?.limit.currency == request.currency {
            hold.cost = cost
            // Refusing is done; this cannot.
            _ = budget?.reserve(cost, now: now.wallSeconds)
        }
        describe(in: &headers, now: now.uptimeNanoseconds)
        return .held(hold)
    }

    /// A request is over.
    /// - Parameters:
    ///   - used: tokens that it took after all; nil is none.
    ///   - cost: in `currency`; nil is nothing.
    mutating func settle(_ hold: LimitHold, used: Int?, cost: Money?, currency: String, now: LimitTime) {
        leave(hold)
        if let reserved = hold.tokens {
            let used = max(0, used ?? 0)
            if used < reserved {
                tokens.giveBack(reserved - used, countedIn: hold.tokenSecond)
            } else {
                tokens.add(used - reserved, now: now.uptimeNanoseconds)
            }
        }
        // Money is spent whether or not it was reserved.
        if budget?.limit.currency == currency {
            budget?.settle(reserved: hold.cost, actual: cost ?? .zero, now: now.wallSeconds)
        }
    }

    /// A request did not get in elsewhere: nothing of it stays counted.
    mutating func rollBack(_ hold: LimitHold, currency: String) {
        if let second = hold.requestSecond { requests.giveBack(1, countedIn: second) }
        tokens.giveBack(hold.tokens ?? 0, countedIn: hold.tokenSecond)
        abandon(hold, currency: currency)
    }

    /// A request is gone, and nobody says what it took: its reservation of tokens stays counted, its money does not.
    mutating func abandon(_ hold: LimitHold, currency: String) {
        leave(hold)
        if budget?.limit.currency == currency { budget?.release(hold.cost) }
    }

    private mutating func leave(_ hold: LimitHold) {
        if hold.isCounted { counted -= 1 } else { uncounted -= 1 }
    }

    /// What is left of the limits, unless they refuse nothing.
    mutating func describe(in headers: inout RateLimitHeaders, now: Int64) {
        guard !limits.shadow else { return }
        if let limit = limits.requestsPerMinute {
            RateLimitHeaders.tighten(&headers.requests, limit: limit, minute: &requests, now: now)
        }
        if let limit = limits.tokensPerMinute {
            RateLimitHeaders.tighten(&headers.tokens, limit: limit, minute: &tokens, now: now)
        }
    }

    /// Takes over what the ledger knows.
    mutating func restore(spent: Money, periodStart: Int64) {
        budget?.restore(spent: spent, periodStart: periodStart)
    }

    /// Since when the ledger is to be asked what was spent; nil if all of it is counted.
    mutating func restoreStart(now: Int64) -> Int64? {
        guard let start = budget?.start(now: now), budget?.isComplete == false else { return nil }
        return start
    }

    /// Fills in what is counted now.
    mutating func read(into reading: inout LimitReading, now: LimitTime) {
        reading.limits = limits
        reading.active = active
        reading.refusals = refusals
        reading.shadowRefusals = shadowRefusals
        reading.requests = requests.used(now: now.uptimeNanoseconds)
        reading.tokens = tokens.used(now: now.uptimeNanoseconds)
        guard budget != nil else { return }
        _ = budget?.start(now: now.wallSeconds)
        reading.budget = budget?.limit
        reading.spent = budget?.spent
        reading.reserved = budget?.reserved
    }
}
