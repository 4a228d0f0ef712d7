import RoundhouseCore

/// Small worlds of models and routes.
enum RoutingFixture {
    static let place = SourceLocation(file: "models/a.yaml", line: 1)

    /// A model that somebody runs on this machine.
    static func model(_ name: String, _ change: (inout Model) -> Void = { _ in }) -> Model {
        let endpoint = Endpoint(
            address: .tcp(host: "127.0.0.1", port: 8000 + abs(name.hashValue % 1000), tls: false),
            hostHeader: "127.0.0.1")
        var model = Model(name: name, profile: .openAI, source: place, placement: .attached([endpoint]))
        model.capabilities = [.chat]
        change(&model)
        return model
    }

    /// A model outside, with a price in dollars per million tokens.
    static func cloud(_ name: String, price: Int64 = 1) -> Model {
        model(name) {
            $0.isOwn = false
            var cost = Price()
            cost.inputPerMillion = Money(billionths: price * 1_000_000_000)
            cost.outputPerMillion = Money(billionths: price * 1_000_000_000)
            $0.cost = cost
        }
    }

    static func route(_ name: String = "assistant", _ rules: [RouteRule], fallback: [String] = []) -> ModelRoute {
        var route = ModelRoute(name: name, source: place)
        route.rules = rules
        route.fallback = fallback
        return route
    }

    static func rule(_ target: RouteTarget, _ change: (inout RouteCondition) -> Void = { _ in }) -> RouteRule {
        var condition = RouteCondition()
        change(&condition)
        return RouteRule(condition, to: target, source: place)
    }

    /// Names of the candidates for a request to a route.
    static func names(
        _ router: Router, _ request: RoutingRequest = RoutingRequest(.chat), route: String = "assistant",
        grant: Grant = .everything, moment: RoutingMoment = RoutingMoment()
    ) -> [String] {
        guard let match = router.match(route) else { return [] }
        return router.table.decide(match.index, request, grant: grant, moment: moment).candidates.map {
            router.models[$0.model].name
        }
    }
}
