import Testing

@testable import RoundhouseCore

@Suite struct LimitsAdmissionTests {
    private func key(_ limits: RateLimits, _ budget: BudgetLimit? = nil) -> LimitSubject {
        LimitSubject(.key, "research-ci", limits: limits, budget: budget)
    }

    @Test func whoHasNoLimitsIsAdmitted() throws {
        let held = try ask(nil, nil).get()
        #expect(held.headers == RateLimitHeaders())
        held.settle(tokens: 5, cost: Money(units: 1))
    }

    @Test func requestsAreCountedUntilAMinuteIsOver() throws {
        let key = key(rates(requests: 50))
        let results = (0..<100).map { _ in ask(key) }
        #expect(results.count { $0.held != nil } == 50)
        let refusal = try #require(results.last?.refusal)
        #expect(refusal.limit == .requests && refusal.allowed == 50 && refusal.used == 50 && refusal.asked == 1)
        #expect(refusal.retryAfter == 61)
        for result in results { result.held?.settle(tokens: nil) }
        #expect(ask(key, at: 60.9).refusal?.retryAfter == 1)
        #expect(ask(key, at: 61).held != nil)
        #expect(key.reading(now: .at(61)).refusals.requests == 51)
    }

    @Test func placesComeBackAtTheEnd() {
        let key = key(rates(concurrent: 2))
        let first = ask(key).held
        _ = ask(key)
        let second = ask(key).held
        #expect(key.reading(now: .at(0)).active == 2)
        let refusal = ask(key).refusal
        #expect(refusal?.limit == .concurrent && refusal?.used == 2 && refusal?.retryAfter == 1)
        first?.settle(tokens: nil)
        #expect(ask(key).held != nil)
        second?.settle(tokens: 3)
        #expect(key.reading(now: .at(0)).active == 0)
    }

    @Test func reservedTokensGiveWayToTheTruth() throws {
        let key = key(rates(tokens: 1000))
        func taken(_ seconds: Double) -> Int { key.reading(now: .at(seconds)).tokens }
        let less = try ask(key, tokens: 600).get()
        #expect(taken(0) == 600)
        #expect(ask(key, tokens: 500).refusal?.limit == .tokens)
        less.settle(tokens: 100, at: 1)
        #expect(taken(1) == 100)
        let more = try ask(key, tokens: 200, at: 2).get()
        more.settle(tokens: 950, at: 10)
        #expect(taken(10) == 1050, "what was used counts, also beyond the limit")
        #expect(ask(key, tokens: 1, at: 10).refusal?.retryAfter == 51)
        #expect(taken(61) == 950)
        #expect(taken(63) == 750, "what was reserved is forgotten before what came on top")
        #expect(taken(71) == 0)
        let unused = try ask(key, tokens: 300, at: 80).get()
        unused.settle(tokens: nil, at: 81)
        #expect(taken(81) == 0)
        let long = try ask(key, tokens: 300, at: 100).get()
        long.settle(tokens: 10, at: 300)
        #expect(taken(300) == 0, "a reservation that is forgotten is not given back twice")
    }

    @Test func nonsenseOfAnUpstreamDoesNotOverflow() throws {
        let budget = BudgetLimit(amount: Money(billionths: .max), period: .day)
        let key = key(rates(tokens: .max), budget)
        for tokens in [Int.max, Int.min, -1, Int.max, Int.max] {
            let held = try ask(key, tokens: 10, cost: .zero).get()
            held.settle(tokens: tokens, cost: Money(billionths: .max / 6))
        }
        let refusal = ask(key, tokens: .max, cost: Money(billionths: .max)).refusal
        #expect(refusal?.limit == .budget)
        #expect(ask(key, tokens: .max, explicitly: true).refusal?.limit == .tokens)
        #expect(key.reading(now: .at(61)).tokens == 0)
    }

    @Test func whoAsksForMoreThanTheWholeLimitIsToldSo() {
        let key = key(rates(tokens: 1000))
        let refusal = ask(key, tokens: 1001, explicitly: true).refusal
        #expect(refusal?.limit == .tokens && refusal?.retryAfter == nil && refusal?.asked == 1001)
        #expect(ask(key, tokens: 1000, explicitly: true).held != nil)
        #expect(ask(key, tokens: 1, explicitly: true).refusal?.retryAfter == 61)
        let sum = LimitEstimate(input: 1, output: .max, isExplicit: true)
        #expect(sum.total == .max)
    }

    @Test func aGuessThatIsMoreThanTheLimitTakesTheWholeLimit() throws {
        let key = key(rates(tokens: 1000))
        let team = LimitSubject(.team, "research", limits: rates(tokens: 3000))
        let held = try ask(key, team, tokens: 2000).get()
        #expect(key.reading(now: .at(0)).tokens == 1000)
        #expect(team.reading(now: .at(0)).tokens == 2000)
        let next = ask(key, tokens: 2000).refusal
        #expect(next?.retryAfter == 61 && next?.asked == 1000)
        held.settle(tokens: 50)
        #expect(key.reading(now: .at(0)).tokens == 50)
        #expect(team.reading(now: .at(0)).tokens == 50)
        let late = ask(key, tokens: 2000).refusal
        #expect(late?.retryAfter == 61)
    }

    @Test func requestsWithoutTokensPassAFullTokenLimit() throws {
        let key = key(rates(tokens: 10))
        try ask(key, tokens: 10).get().settle(tokens: 50)
        #expect(ask(key, tokens: 0).held != nil)
    }

    @Test func aRefusalLeavesNothingCounted() throws {
        let key = key(rates(requests: 10, tokens: 1000, concurrent: 5), .daily(1))
        let team = LimitSubject(.team, "research", limits: rates(requests: 10, tokens: 1000), budget: .daily(1))
        let model = LimitSubject(.model, "llama3", limits: rates(concurrent: 1))
        let running = try ask(model).get()
        let before = [key, team].map { $0.reading(now: .at(0)) }
        for _ in 0..<30 {
            let refusal = ask(key, team, model, tokens: 400, cost: Money(units: 0.5)).refusal
            #expect(refusal?.kind == .model && refusal?.name == "llama3" && refusal?.limit == .concurrent)
            #expect(refusal?.headers.requests?.remaining == 10)
            #expect(refusal?.headers.tokens?.remaining == 1000)
        }
        #expect([key, team].map { $0.reading(now: .at(0)) } == before)
        running.settle(tokens: nil)
        let held = ask(key, team, model, tokens: 400, cost: Money(units: 0.5))
        #expect(held.held?.headers.requests?.remaining == 9)
        #expect(model.reading(now: .at(0)).refusals.concurrent == 30)
    }

    @Test func anAdmissionThatIsDroppedFreesItsPlaceAndItsMoney() throws {
        let key = key(rates(requests: 5, tokens: 100, concurrent: 1), .daily(1))
        try ask(key, tokens: 40, cost: Money(units: 0.7)).get().drop()
        let reading = key.reading(now: .at(0))
        #expect(reading.active == 0 && reading.reserved == .zero && reading.spent == .zero)
        #expect(reading.tokens == 40 && reading.requests == 1)
    }
}
