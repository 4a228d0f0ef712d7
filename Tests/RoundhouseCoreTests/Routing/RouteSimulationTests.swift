import Testing

@testable import RoundhouseCore

@Suite struct RouteSimulationTests {
    private typealias Fixture = RoutingFixture
    private static let second = RouteSimulation.second

    /// Two models of a split, of three endpoints and of one, and a priced model outside behind them.
    private func simulation(seed: UInt64, outages: [[[Range<Int64>]]]) -> RouteSimulation {
        let split = RouteSplit([.init("many", weight: 70), .init("one", weight: 30)], sticky: .user)
        let router = Router(
            models: [Fixture.model("many"), Fixture.model("one"), Fixture.cloud("cloud")],
            routes: [Fixture.route("assistant", [Fixture.rule(.split(split))], fallback: ["many", "one", "cloud"])])
        return RouteSimulation(router: router, outages: outages, requests: 10_000, seed: seed)
    }

    private func randomOutages(_ random: inout SeededRandom) -> [Range<Int64>] {
        (0..<random.below(6)).map { _ in
            let start = Int64(random.below(95)) * Self.second
            return start..<start + Int64(random.below(15) + 1) * Self.second
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>) func nothingIsLostAndNothingIsSentTwice(_ seed: UInt64) {
        var random = SeededRandom(seed &* 77)
        let outages = [
            (0..<3).map { _ in randomOutages(&random) }, [randomOutages(&random)], [randomOutages(&random)],
        ]
        var simulation = simulation(seed: seed, outages: outages)
        simulation.run()
        let requests = simulation.requests
        #expect(requests.allSatisfy { $0.ending != nil }, "a request has no end")
        #expect(requests.allSatisfy { $0.sendsAfterBeginning == 0 }, "a request was sent again behind its first byte")
        let cloud = simulation.endpoints.firstIndex { $0.model == 2 }!
        #expect(
            requests.allSatisfy { request in request.sends.count { $0 == cloud } <= 1 },
            "a request was sent to a priced model again")
        let sends = requests.reduce(0) { $0 + $1.sends.count }
        // A fifth more, the burst, and one in each of a hundred seconds.
        #expect(Double(sends) <= 10_000 * 1.2 + 10 + 101)
        #expect(requests.count { $0.ending == .answered } > 8_000, "fallback finds who is well")
    }

    /// While an endpoint is down it gets three requests, and then one for each pause.
    @Test func aDeadEndpointIsLeftAlone() {
        let dead = 10 * Self.second..<90 * Self.second
        var simulation = simulation(seed: 9, outages: [[[dead], [], []], [[]], [[]]])
        simulation.run()
        let sends = simulation.endpoints[0].sends.filter { dead.contains($0) }
        // Those under way when it opened, and trials after 5, 15, 35 and 75 seconds.
        #expect((4...20).contains(sends.count), "\(sends.count)")
        let trials = sends.filter { $0 > dead.lowerBound + Self.second }
        #expect(zip(trials, trials.dropFirst()).allSatisfy { $1 - $0 >= 5 * Self.second })
        #expect(simulation.requests.allSatisfy { $0.ending == .answered || $0.ending == .cut })
        #expect(simulation.requests.count { $0.ending == .cut } <= 20, "only what had begun when it died")
    }

    @Test func stickyUsersStayWhileAllIsWell() {
        var simulation = simulation(seed: 3, outages: [[[], [], []], [[]], [[]]])
        simulation.run()
        for user in 0..<50 {
            let models = Set(
                simulation.requests.indices.filter { $0 % 50 == user }.map { index in
                    simulation.endpoints[simulation.requests[index].sends[0]].model
                })
            #expect(models.count == 1)
        }
    }
}
