import Testing

@testable import RoundhouseCore

@Suite struct LimitsBudgetAdmissionTests {
    private let key = LimitSubject(.key, "k", limits: RateLimits(), budget: .daily(1))
    private func spent() -> Money? { key.reading(now: .at(0)).spent }
    private func reserved() -> Money? { key.reading(now: .at(0)).reserved }

    @Test func pricedRequestsReserveAndThenSpend() throws {
        let held = try ask(key, cost: Money(units: 0.7)).get()
        #expect(reserved() == Money(units: 0.7))
        let waits = ask(key, cost: Money(units: 0.7)).refusal
        #expect(waits?.limit == .budget && waits?.retryAfter == 1)
        held.settle(tokens: 10, cost: Money(units: 0.2))
        #expect(spent() == Money(units: 0.2) && reserved() == .zero)
        try ask(key, cost: Money(units: 0.7)).get().settle(tokens: nil)
        #expect(spent() == Money(units: 0.2) && reserved() == .zero)
        try ask(key, cost: .zero).get().settle(tokens: 1, cost: Money(units: 0.8))
        let refusal = ask(key, cost: .zero, at: 3600).refusal
        #expect(refusal?.retryAfter == 82_800)
        #expect(refusal?.allowed == 1_000_000_000 && refusal?.used == 1_000_000_000)
        #expect(ask(key, cost: .zero, at: 86_400).held != nil)
    }

    @Test func requestsWithoutAPriceAreNoBusinessOfABudget() throws {
        try ask(key, cost: .zero).get().settle(tokens: 1, cost: Money(units: 2))
        #expect(ask(key, cost: .zero).refusal != nil)
        try ask(key).get().settle(tokens: 1_000_000)
        #expect(spent() == Money(units: 2))
    }

    @Test func anotherCurrencyDoesNotCount() throws {
        try ask(key, cost: Money(units: 5), currency: "EUR").get().settle(tokens: 1, cost: Money(units: 5))
        #expect(spent() == .zero && reserved() == .zero)
        let held = try ask(key, cost: Money(units: 0.9)).get()
        key.update(limits: RateLimits(), budget: .daily(1, "EUR"))
        let euros = try ask(key, cost: Money(units: 0.6), currency: "EUR").get()
        held.settle(tokens: 1, cost: Money(units: 0.9))
        #expect(spent() == .zero && reserved() == Money(units: 0.6))
        euros.settle(tokens: 1, cost: Money(units: 0.5))
        #expect(spent() == Money(units: 0.5) && reserved() == .zero)
    }

    @Test func aRequestThatRanBeforeThereWasABudgetIsSpent() throws {
        let key = LimitSubject(.key, "k", limits: rates(requests: 9))
        let held = try ask(key, cost: Money(units: 0.3)).get()
        key.update(limits: RateLimits(), budget: .daily(1))
        held.settle(tokens: 1, cost: Money(units: 0.4))
        #expect(key.reading(now: .at(0)).spent == Money(units: 0.4))
        #expect(key.reading(now: .at(0)).reserved == .zero)
    }

    @Test func theLedgerIsAskedOnceForEachBudget() throws {
        let restore = try #require(key.spendingToRestore(now: 1_795_478_400 + 7200))
        #expect(restore == (1_795_478_400, "USD"))
        key.restore(spent: Money(units: 1), periodStart: restore.since)
        #expect(key.spendingToRestore(now: 1_795_478_400 + 7200) == nil)
        #expect(ask(key, cost: .zero, at: 7200).refusal?.limit == .budget)
        key.update(limits: RateLimits(), budget: BudgetLimit(amount: Money(units: 3), period: .week))
        #expect(try #require(key.spendingToRestore(now: 1_795_478_400)) == (1_795_478_400 - 86_400, "USD"))
        #expect(LimitSubject(.key, "k", limits: RateLimits()).spendingToRestore(now: 0) == nil)
    }
}
