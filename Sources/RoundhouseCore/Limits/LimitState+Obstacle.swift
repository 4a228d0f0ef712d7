extension LimitState {
    /// The first limit that a request does not pass; what lasts longest comes first.
    mutating func obstacle(for request: LimitRequest, now: LimitTime) -> Obstacle? {
        let uptime = now.uptimeNanoseconds
        if let limit = limits.tokensPerMinute, request.isExplicit, request.tokens > limit {
            return Obstacle(
                .tokens, allowed: limit, used: tokens.used(now: uptime), asked: request.tokens, retryAfter: nil)
        }
        if let cost = request.cost, let obstacle = budgetObstacle(cost, request.currency, now: now.wallSeconds) {
            return obstacle
        }
        if let limit = limits.requestsPerMinute, !requests.hasRoom(for: 1, limit: limit, now: uptime) {
            let wait = requests.wait(for: 1, limit: limit, now: uptime)
            return Obstacle(.requests, allowed: limit, used: requests.total, asked: 1, retryAfter: Self.seconds(wait))
        }
        if let limit = limits.tokensPerMinute {
            // What was only guessed to be more than the limit gets in when nothing else is counted.
            let count = min(request.tokens, limit)
            if !tokens.hasRoom(for: count, limit: limit, now: uptime) {
                let wait = tokens.wait(for: count, limit: limit, now: uptime)
                return Obstacle(
                    .tokens, allowed: limit, used: tokens.total, asked: count, retryAfter: Self.seconds(wait))
            }
        }
        if let limit = limits.concurrent, counted >= limit {
            return Obstacle(.concurrent, allowed: limit, used: counted, asked: 1, retryAfter: limit > 0 ? 1 : nil)
        }
        return nil
    }

    /// Another amount of the budget for a request that is counted already; a refused one holds nothing of it any more.
    mutating func hold(
        _ cost: Money?, _ currency: String, inPlaceOf hold: LimitHold, _ oldCurrency: String, now: LimitTime
    ) -> Verdict {
        guard budget != nil, hold.isCounted else { return .held(hold) }
        if budget?.limit.currency == oldCurrency { budget?.release(hold.cost) }
        var hold = hold
        hold.cost = .zero
        guard let cost, budget?.limit.currency == currency else { return .held(hold) }
        if !limits.shadow, let obstacle = budgetObstacle(cost, currency, now: now.wallSeconds) {
            refusals[.budget] += 1
            return .refused(obstacle)
        }
        hold.cost = cost
        _ = budget?.reserve(cost, now: now.wallSeconds)
        return .held(hold)
    }

    private mutating func budgetObstacle(_ cost: Money, _ currency: String, now: Int64) -> Obstacle? {
        guard budget?.limit.currency == currency, let refusal = budget?.refusal(of: cost, now: now),
            let meter = budget
        else { return nil }
        var obstacle = Obstacle(
            limit: .budget, allowed: meter.limit.amount.billionths,
            used: (meter.spent + meter.reserved).billionths, asked: cost.billionths, budget: meter.limit)
        switch refusal {
        case .neverFits: break
        case .reserved: obstacle.retryAfter = 1
        case .spent(let seconds):
            obstacle.retryAfter = Int(seconds)
            obstacle.budgetEnd = now + seconds
        }
        return obstacle
    }

    /// Whole seconds, at least one.
    private static func seconds(_ nanoseconds: Int64?) -> Int? {
        nanoseconds.map { max(1, Int(($0 + 999_999_999) / 1_000_000_000)) }
    }
}

extension LimitState.Obstacle {
    init(_ limit: LimitRefusal.Limit, allowed: Int, used: Int, asked: Int, retryAfter: Int?) {
        self.init(
            limit: limit, allowed: Int64(allowed), used: Int64(used), asked: Int64(asked), retryAfter: retryAfter)
    }
}
