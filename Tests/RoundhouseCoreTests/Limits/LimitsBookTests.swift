import Testing

@testable import RoundhouseCore

@Suite struct LimitsBookTests {
    @Test func aReloadKeepsWhatWasCounted() throws {
        let book = LimitBook()
        let key = book.subject(.key, "k", limits: rates(requests: 10, tokens: 500), budget: .daily(1))
        let held = try ask(key, tokens: 100, cost: Money(units: 0.5)).get()
        let again = book.subject(.key, "k", limits: rates(requests: 2, tokens: 150), budget: .daily(0.6))
        #expect(again === key)
        let reading = key.reading(now: .at(0))
        #expect(reading.requests == 1 && reading.tokens == 100 && reading.reserved == Money(units: 0.5))
        #expect(reading.limits.requestsPerMinute == 2)
        #expect(ask(key, tokens: 60).refusal?.limit == .tokens)
        #expect(ask(key, tokens: 1, cost: Money(units: 0.2)).refusal?.limit == .budget)
        held.settle(tokens: 10, cost: Money(units: 0.1))
        #expect(ask(key, tokens: 60, cost: Money(units: 0.2)).held != nil)
        #expect(ask(key).refusal?.limit == .requests)
    }

    @Test func aLimitThatGoesAndComesBackForgetsNothing() throws {
        let book = LimitBook()
        let key = book.subject(.key, "k", limits: rates(requests: 2, tokens: 100))
        let held = try ask(key, tokens: 80).get()
        _ = book.subject(.key, "k", limits: rates(concurrent: 5))
        let between = try ask(key, tokens: 50).get()
        _ = book.subject(.key, "k", limits: rates(requests: 2, tokens: 100))
        #expect(ask(key, tokens: 30).refusal?.limit == .tokens)
        between.settle(tokens: 7)
        held.settle(tokens: 20)
        let reading = key.reading(now: .at(0))
        #expect(reading.tokens == 20 && reading.requests == 1 && reading.active == 0)
    }

    @Test func namesOfDifferentKindsAreDifferentSubjects() {
        let book = LimitBook()
        let subjects = LimitSubject.Kind.allCases.map { book.subject($0, "same", limits: rates(requests: 1)) }
        for (index, subject) in subjects.enumerated() {
            #expect(ask(subject).held != nil)
            #expect(subject.kind == LimitSubject.Kind.allCases[index])
        }
        #expect(book.known(.team, "same") === subjects[1])
        #expect(book.known(.team, "other") == nil)
    }

    @Test func whatIsNotKeptIsForgotten() throws {
        let book = LimitBook()
        let key = book.subject(.key, "k", limits: rates(requests: 1))
        let team = book.subject(.team, "t", limits: rates(requests: 1))
        let estimator = book.estimator(model: "m")
        estimator.learn(bodyBytes: 100, inputTokens: 100, outputTokens: 1)
        _ = book.estimator(model: "gone")
        let held = try ask(key, team).get()
        book.retain(only: [team], models: ["m"])
        #expect(book.all.map(\.name) == ["t"])
        #expect(book.estimator(model: "m") === estimator)
        let anew = book.subject(.key, "k", limits: rates(requests: 1))
        #expect(anew !== key)
        held.settle(tokens: 1)
        #expect(team.reading(now: .at(0)).active == 0)
        #expect(ask(anew).held != nil && ask(team).held == nil)
    }

    @Test func allAreInOrder() {
        let book = LimitBook()
        for name in ["b", "a"] {
            for kind in [LimitSubject.Kind.model, .team, .key] {
                _ = book.subject(kind, name, limits: rates(requests: 1))
            }
        }
        #expect(
            book.all.map { "\($0.kind.rawValue) \($0.name)" } == [
                "key a", "key b", "team a", "team b", "model a", "model b",
            ])
    }
}
