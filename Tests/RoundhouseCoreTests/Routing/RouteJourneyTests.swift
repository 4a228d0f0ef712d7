import Testing

@testable import RoundhouseCore

/// Every combination of up to three candidates, of what becomes of each, and of who may use and ask it.
@Suite struct RouteJourneyTests {
    private static let outcomes: [RouteJourney.Failure?] = [nil, .refused, .tooLong, .notSent, .busy, .broken, .silent]

    /// What the issue asks for, said in another way than the code says it: the first candidate that may be asked and answers
    /// serves; a mistake of the client's ends the search.
    private func expected(_ usable: [Int], _ outcomes: [RouteJourney.Failure?]) -> (served: Int?, tried: [Int]) {
        var tried: [Int] = []
        for index in usable {
            tried.append(index)
            if outcomes[index] == nil { return (index, tried) }
            if outcomes[index] == .refused { return (nil, tried) }
        }
        return (nil, tried)
    }

    @Test(arguments: 1...3) func everyCombinationEndsAsSpecified(_ count: Int) {
        let models = (0..<count).map { RoutingFixture.model("m\($0)") }
        let names = models.map(\.name)
        let route = RoutingFixture.route(
            "assistant", [RoutingFixture.rule(.name(names[0]))], fallback: Array(names.dropFirst()))
        let router = Router(models: models, routes: [route])
        var combinations = 0
        for allowed in 0..<(1 << count) {
            for resting in 0..<(1 << count) {
                let grant = Grant(models: (0..<count).map { allowed & (1 << $0) != 0 }, localOnly: nil)
                let moment = RoutingMoment(resting: { resting & (1 << $0) != 0 ? 1 : nil })
                let usable = (0..<count).filter { allowed & (1 << $0) != 0 && resting & (1 << $0) == 0 }
                let decision = router.table.decide(0, RoutingRequest(.chat), grant: grant, moment: moment)
                #expect(decision.candidates.map(\.model) == usable)
                guard !usable.isEmpty else { continue }
                for code in 0..<Self.power(Self.outcomes.count, count) {
                    let outcomes = (0..<count).map {
                        Self.outcomes[code / Self.power(Self.outcomes.count, $0) % Self.outcomes.count]
                    }
                    let (served, tried) = drive(RouteJourney(decision.candidates), outcomes)
                    let wanted = expected(usable, outcomes)
                    if served != wanted.served || tried != wanted.tried {
                        Issue.record("\(usable) \(outcomes): \(served as Any) \(tried)")
                    }
                    combinations += 1
                }
            }
        }
        #expect(combinations > 0)
    }

    private static func power(_ base: Int, _ exponent: Int) -> Int { (0..<exponent).reduce(1) { all, _ in all * base } }

    private func drive(
        _ start: RouteJourney, _ outcomes: [RouteJourney.Failure?]
    ) -> (served: Int?, tried: [Int]) {
        var journey = start
        var tried: [Int] = []
        while true {
            let model = journey.candidate.model
            tried.append(model)
            guard let failure = outcomes[model] else { return (model, tried) }
            let step = journey.failed(failure, retryLimit: 1, hasOtherEndpoint: false) { true }
            if step == .giveUp { return (nil, tried) }
            #expect(step == .next)
        }
    }

    @Test func anotherEndpointComesBeforeAnotherModel() {
        var journey = RouteJourney([.init(model: 0, reason: "a"), .init(model: 1, reason: "b")])
        #expect(journey.failed(.broken, retryLimit: 1, hasOtherEndpoint: true) { true } == .again)
        #expect(journey.failed(.broken, retryLimit: 1, hasOtherEndpoint: true) { true } == .next)
        #expect(journey.candidate.model == 1 && journey.attempts == 3)
        #expect(journey.failed(.broken, retryLimit: 0, hasOtherEndpoint: true) { true } == .giveUp)
    }

    @Test func aPriceForbidsRepeating() {
        #expect(RoutingFixture.cloud("c").retryLimit == 0 && RoutingFixture.model("m").retryLimit == 1)
        var configured = RoutingFixture.cloud("c")
        configured.retries = 2
        #expect(configured.retryLimit == 2)
    }

    @Test func theBudgetIsAskedForWhatWasSentAndForNothingElse() {
        let candidates = [RouteDecision.Candidate(model: 0, reason: "a"), .init(model: 1, reason: "b")]
        for failure in [RouteJourney.Failure.busy, .broken, .silent] {
            var journey = RouteJourney(candidates)
            #expect(journey.failed(failure, retryLimit: 1, hasOtherEndpoint: false) { false } == .giveUp)
        }
        for failure in [RouteJourney.Failure.notSent, .tooLong] {
            var journey = RouteJourney(candidates)
            #expect(journey.failed(failure, retryLimit: 1, hasOtherEndpoint: false) { false } == .next)
        }
        var last = RouteJourney([candidates[0]])
        var asked = false
        _ = last.failed(.broken, retryLimit: 1, hasOtherEndpoint: false) {
            asked = true
            return true
        }
        #expect(!asked, "nothing is taken from the budget where there is nowhere to go")
    }

    @Test func anOutageDoesNotDoubleTheLoad() {
        var budget = RetryBudget()
        var further = 0
        for request in 0..<10_000 {
            budget.deposit()
            if budget.withdraw(now: Int64(request) * 1_000_000) { further += 1 }
        }
        // 0.2 of 10,000, the burst, and one in each of the ten seconds.
        #expect((2000...2030).contains(further))
    }
}
