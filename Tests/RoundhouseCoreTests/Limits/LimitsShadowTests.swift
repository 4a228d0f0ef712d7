import Testing

@testable import RoundhouseCore

@Suite struct LimitsShadowTests {
    @Test func countsWhatWouldBeRefusedAndRefusesNothing() throws {
        let shadow = LimitSubject(.key, "k", limits: rates(requests: 3, shadow: true))
        let real = LimitSubject(.key, "k", limits: rates(requests: 3))
        for time in stride(from: 0.0, to: 200, by: 5) {
            let held = try ask(shadow, at: time).get()
            #expect(held.headers == RateLimitHeaders())
            held.settle(tokens: nil, at: time)
            ask(real, at: time).held?.settle(tokens: nil, at: time)
        }
        let reading = shadow.reading(now: .at(200))
        #expect(reading.refusals == LimitCounts())
        #expect(reading.shadowRefusals == real.reading(now: .at(200)).refusals)
        #expect(reading.shadowRefusals.requests > 20)
    }

    @Test func whoRunsBecauseOfItTakesNoPlace() throws {
        let subject = LimitSubject(.model, "m", limits: rates(concurrent: 1, shadow: true))
        let first = try ask(subject).get()
        let second = try ask(subject).get()
        #expect(subject.reading(now: .at(0)).active == 2)
        #expect(subject.reading(now: .at(0)).shadowRefusals.concurrent == 1)
        first.settle(tokens: nil)
        let third = try ask(subject).get()
        #expect(subject.reading(now: .at(0)).shadowRefusals.concurrent == 1, "the real limit would have let it in")
        second.settle(tokens: nil)
        third.settle(tokens: nil)
        #expect(subject.reading(now: .at(0)).active == 0)
    }

    @Test func everyKindOfLimitIsReported() throws {
        let subject = LimitSubject(
            .team, "t", limits: rates(requests: 2, tokens: 100, concurrent: 9, shadow: true), budget: .daily(1))
        try ask(subject, tokens: 101, explicitly: true).get().settle(tokens: 101)
        try ask(subject, tokens: 50, cost: Money(units: 2)).get().settle(tokens: 50, cost: Money(units: 2))
        try ask(subject, tokens: 90).get().settle(tokens: 90)
        try ask(subject, tokens: 20).get().settle(tokens: 20)
        try ask(subject, tokens: 1).get().settle(tokens: 1)
        _ = try ask(subject, tokens: 1).get()
        let reading = subject.reading(now: .at(0))
        #expect(reading.shadowRefusals.tokens == 2)
        #expect(reading.shadowRefusals.budget == 1)
        #expect(reading.shadowRefusals.requests == 1)
        #expect(reading.tokens == 91 && reading.requests == 2)
        #expect(reading.spent == Money(units: 2), "money is spent whatever would have been refused")
    }

    @Test func itCanBeSwitchedWhileRequestsRun() throws {
        let subject = LimitSubject(.key, "k", limits: rates(concurrent: 1, shadow: true))
        let first = try ask(subject).get()
        let second = try ask(subject).get()
        subject.update(limits: rates(concurrent: 1), budget: nil)
        #expect(ask(subject).refusal?.limit == .concurrent)
        second.settle(tokens: nil)
        #expect(ask(subject).refusal?.limit == .concurrent)
        first.settle(tokens: nil)
        #expect(ask(subject).held != nil)
    }
}
