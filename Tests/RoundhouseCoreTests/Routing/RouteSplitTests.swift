import RoundhouseCore
import Testing

@Suite struct RouteSplitTests {
    private typealias Fixture = RoutingFixture

    private func router(_ split: RouteSplit, _ count: Int = 3) -> Router {
        Router(
            models: (0..<count).map { Fixture.model("m\($0)") },
            routes: [Fixture.route("assistant", [Fixture.rule(.split(split))])])
    }

    private func request(user: Int) -> RoutingRequest {
        var request = RoutingRequest(.chat)
        request.sticky = { _ in StickyHash.of("user-\(user)") }
        return request
    }

    @Test(arguments: [[90, 10, 0], [1, 1, 1], [500, 300, 200]])
    func sharesFollowTheWeights(_ weights: [Int]) {
        let arms = weights.enumerated().map { RouteSplit.Arm("m\($0.offset)", weight: $0.element) }
        for sticky in [RouteStickiness.user, nil] {
            let router = router(RouteSplit(arms, sticky: sticky))
            var counts: [String: Int] = [:]
            for number in 0..<10_000 {
                var request = request(user: number)
                request.draw = StickyHash.mix(UInt64(number))
                counts[Fixture.names(router, request)[0], default: 0] += 1
            }
            for (index, weight) in weights.enumerated() {
                let expected = Double(weight) / Double(weights.reduce(0, +))
                #expect(abs(Double(counts["m\(index)"] ?? 0) / 10_000 - expected) < 0.02)
            }
        }
    }

    /// Whoever is sticky stays, whatever is drawn; when an arm cannot serve, only those who were there move, and come back.
    @Test func whoIsStickyStays() {
        let split = RouteSplit(
            [.init("m0", weight: 50), .init("m1", weight: 30), .init("m2", weight: 20)], sticky: .user)
        let router = router(split)
        for user in 0..<500 {
            var request = request(user: user)
            let first = Fixture.names(router, request)
            request.draw = UInt64(user) &* 77
            #expect(Fixture.names(router, request) == first)
            let without = Fixture.names(router, request, moment: RoutingMoment(resting: { $0 == 1 ? 5 : nil }))
            if first == ["m1"] { #expect(without == ["m0"] || without == ["m2"]) } else { #expect(without == first) }
            #expect(Fixture.names(router, request) == first)
        }
    }

    @Test func theArmIsRecorded() {
        let router = router(RouteSplit([.init("m0", weight: 1)], sticky: nil))
        let decision = router.table.decide(0, RoutingRequest(.chat), grant: .everything, moment: RoutingMoment())
        #expect(decision.candidates.first == .init(model: 0, reason: "split:m0", arm: "assistant/m0"))
    }
}
