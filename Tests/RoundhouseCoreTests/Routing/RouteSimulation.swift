@testable import RoundhouseCore

/// A day in the life of a route, in virtual time: requests come, endpoints fail and recover, and everything that the gateway
/// decides with (decision, balance, breakers, budget, journey) is the real thing. No sleeps, and the same numbers on every run.
struct RouteSimulation {
    enum Ending: Equatable {
        case answered, cut, failed, refused
    }

    struct Endpoint {
        var model: Int
        var number: Int
        /// Stretches of time in which it fails, in nanoseconds.
        var outages: [Range<Int64>]
        var sends: [Int64] = []
    }

    private struct End {
        var time: Int64
        var request: Int
        var endpoint: Int
        var isFailure: Bool
        /// Whether a first byte was passed on.
        var hasBegun: Bool
    }

    struct Request {
        var journey: RouteJourney?
        var ending: Ending?
        var hasBegun = false
        var sendsAfterBeginning = 0
        var sends: [Int] = []
        var tried: UInt64 = 0
    }

    static let second: Int64 = 1_000_000_000
    let router: Router
    var endpoints: [Endpoint]
    var balances: [EndpointBalance]
    var budget = RetryBudget()
    var requests: [Request]
    var random: SeededRandom
    private var queue: [End] = []

    /// - Parameter outages: for each model, and each of its endpoints.
    init(router: Router, outages: [[[Range<Int64>]]], requests count: Int, seed: UInt64) {
        self.router = router
        endpoints = outages.enumerated().flatMap { model, all in
            all.enumerated().map { Endpoint(model: model, number: $0.offset, outages: $0.element) }
        }
        balances = outages.map { EndpointBalance(count: $0.count) }
        requests = Array(repeating: Request(), count: count)
        random = SeededRandom(seed)
    }

    /// A request each ten milliseconds.
    mutating func run() {
        var arrived = 0
        while arrived < requests.count || !queue.isEmpty {
            let arrival = arrived < requests.count ? Int64(arrived) * 10_000_000 : .max
            guard let next = queue.indices.min(by: { queue[$0].time < queue[$1].time }), queue[next].time < arrival
            else {
                arrive(arrived, arrival)
                arrived += 1
                continue
            }
            let end = queue.remove(at: next)
            self.end(end)
        }
    }

    private mutating func arrive(_ index: Int, _ now: Int64) {
        var request = RoutingRequest(.chat)
        request.sticky = { _ in StickyHash.of("user-\(index % 50)") }
        request.draw = random.next()
        let balances = balances
        let moment = RoutingMoment(resting: { balances[$0].wait(now: now).map { Int($0 / Self.second) + 1 } })
        let decision = router.table.decide(0, request, grant: .everything, moment: moment)
        guard !decision.candidates.isEmpty else {
            requests[index].ending = .refused
            return
        }
        requests[index].journey = RouteJourney(decision.candidates)
        budget.deposit()
        send(index, now)
    }

    private mutating func send(_ index: Int, _ now: Int64) {
        guard let model = requests[index].journey?.candidate.model else { return }
        guard let number = balances[model].pick(draw: random.next(), tried: requests[index].tried, now: now) else {
            moveOn(index, .notSent, now)
            return
        }
        let endpoint = endpoints.firstIndex { $0.model == model && $0.number == number }!
        if requests[index].hasBegun { requests[index].sendsAfterBeginning += 1 }
        requests[index].sends.append(endpoint)
        requests[index].tried |= 1 << UInt64(number)
        endpoints[endpoint].sends.append(now)
        let isDown = endpoints[endpoint].outages.contains { $0.contains(now) }
        let begins = !isDown
        let length = isDown ? 5_000_000 : Int64(random.below(200) + 20) * 1_000_000
        // Also what has begun may break off, when the outage begins meanwhile.
        let breaks =
            isDown || endpoints[endpoint].outages.contains { $0.lowerBound > now && $0.lowerBound < now + length }
        queue.append(
            End(time: now + length, request: index, endpoint: endpoint, isFailure: breaks, hasBegun: begins))
    }

    private mutating func end(_ end: End) {
        let (index, now) = (end.request, end.time)
        let (model, number) = (endpoints[end.endpoint].model, endpoints[end.endpoint].number)
        balances[model].left(number)
        balances[model].judge(number) { if end.isFailure { $0.failed(now: now) } else { $0.succeeded(now: now) } }
        if end.hasBegun { requests[index].hasBegun = true }
        switch (end.isFailure, end.hasBegun) {
        case (false, _): requests[index].ending = .answered
        case (true, true): requests[index].ending = .cut
        case (true, false): moveOn(index, .broken, now)
        }
    }

    private mutating func moveOn(_ index: Int, _ failure: RouteJourney.Failure, _ now: Int64) {
        guard var journey = requests[index].journey else { return }
        let model = journey.candidate.model
        let step = journey.failed(
            failure, retryLimit: router.models[model].retryLimit,
            hasOtherEndpoint: balances[model].wait(tried: requests[index].tried, now: now) == nil
        ) { budget.withdraw(now: now) }
        requests[index].journey = journey
        switch step {
        case .giveUp: requests[index].ending = .failed
        case .again: send(index, now)
        case .next:
            requests[index].tried = 0
            send(index, now)
        }
    }
}
