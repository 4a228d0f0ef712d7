/// The routes of a configuration, with their names resolved: what decides where a request goes. Immutable; a decision is a
/// function of the request, the caller's grant and the moment, and allocates nothing but its result.
public struct RouteTable: Sendable {
    enum Destination: Sendable {
        case model(Int)
        case route(Int)
    }

    struct Arm: Sendable {
        var destination: Destination
        var weight: Int
        var label: String
        var name: String
    }

    enum Target: Sendable {
        case one(Destination)
        case split([Arm], total: Int, RouteStickiness?)
        case capability(Capability, RoutePreference)
    }

    /// A class, like a rule: a decision looks at many of them, and copies none.
    final class Route: Sendable {
        let name: String
        let rules: [CompiledRule]
        let fallback: [(destination: Destination, label: String)]

        init(_ name: String, _ rules: [CompiledRule], fallback: [(destination: Destination, label: String)]) {
            self.name = name
            self.rules = rules
            self.fallback = fallback
        }
    }

    let models: [RoutedModel]
    let routes: [Route]
    /// Every model that each of them may come to.
    let reach: [[Int]]
    /// The smallest context that is known of a model that a route leads to.
    public let leastContext: Int?
    /// Whether a rule prefers the fastest.
    public let ranksSpeed: Bool
    /// Every model that a route leads to.
    let reached: Set<Int>
    private let orders: [RoutePreference: [Int]]

    /// The most models that one request is tried with.
    public static let candidateLimit = 4

    /// Resolves routes over models. Names that are not there, and routes that come back to themselves, are the configuration's
    /// business; here they lead nowhere.
    init(models: [Model], routes: [ModelRoute]) {
        self.models = models.map(RoutedModel.init)
        var places: [String: Destination] = [:]
        for (index, model) in models.enumerated() {
            for name in [model.name] + model.aliases where places[name] == nil { places[name] = .model(index) }
        }
        for (index, route) in routes.enumerated() {
            for name in [route.name] + route.aliases where places[name] == nil { places[name] = .route(index) }
        }
        var resolved = routes.map { route in
            Route(
                route.name, route.rules.compactMap { Self.rule($0, places) },
                fallback: Self.fallback(route.fallback, places))
        }
        // Models with a fallback of their own are routes with one rule, which only their own names lead to.
        for (index, model) in models.enumerated() where !model.fallback.isEmpty {
            let own = CompiledRule(RouteCondition(), .one(.model(index)), label: "name")
            resolved.append(Route(model.name, [own], fallback: Self.fallback(model.fallback, places)))
        }
        let routes = resolved
        let reach = routes.indices.map { Self.reach(of: $0, routes, models) }
        self.routes = routes
        self.reach = reach
        ranksSpeed = routes.contains { route in
            route.rules.contains { if case .capability(_, .fastest) = $0.target { true } else { false } }
        }
        reached = reach.reduce(into: []) { $0.formUnion($1) }
        leastContext = reached.compactMap { models[$0].context }.min()
        orders = Dictionary(uniqueKeysWithValues: RoutePreference.allCases.map { ($0, Self.order($0, models)) })
    }

    private static func rule(_ rule: RouteRule, _ places: [String: Destination]) -> CompiledRule? {
        let target: Target
        switch rule.target {
        case .name(let name):
            guard let place = places[name] else { return nil }
            target = .one(place)
        case .split(let split):
            let arms = split.arms.filter { $0.weight > 0 }.compactMap { arm in
                places[arm.name].map {
                    Arm(destination: $0, weight: arm.weight, label: "split:\(arm.name.headerSafe)", name: arm.name)
                }
            }
            guard !arms.isEmpty else { return nil }
            target = .split(arms, total: arms.reduce(0) { $0 + $1.weight }, split.sticky)
        case .capability(let capability, let preference): target = .capability(capability, preference)
        }
        return CompiledRule(rule.condition, target, label: "rule:\(rule.condition.label.headerSafe)")
    }

    private static func fallback(
        _ names: [String], _ places: [String: Destination]
    ) -> [(destination: Destination, label: String)] {
        names.compactMap { name in places[name].map { ($0, "fallback:\(name.headerSafe)") } }
    }

    private static func reach(of start: Int, _ routes: [Route], _ models: [Model]) -> [Int] {
        var found: Set<Int> = []
        var seen: Set<Int> = []
        var open = [start]
        func visit(_ destination: Destination) {
            switch destination {
            case .model(let index): found.insert(index)
            case .route(let index): open.append(index)
            }
        }
        while let index = open.popLast() {
            guard seen.insert(index).inserted else { continue }
            for rule in routes[index].rules {
                switch rule.target {
                case .one(let destination): visit(destination)
                case .split(let arms, _, _): for arm in arms { visit(arm.destination) }
                case .capability(let capability, _):
                    for (index, model) in models.enumerated() where model.capabilities.contains(capability) {
                        found.insert(index)
                    }
                }
            }
            for (destination, _) in routes[index].fallback { visit(destination) }
        }
        return found.sorted()
    }

    /// The order of a preference as far as files say; `RoutingMoment` has the rest.
    func order(_ preference: RoutePreference) -> [Int] { orders[preference] ?? Array(models.indices) }

    private static func order(_ preference: RoutePreference, _ models: [Model]) -> [Int] {
        func rank(_ model: Model) -> (Int, Int64) {
            switch preference {
            case .cheapest:
                if let price = model.cost {
                    return (1, price.inputPerMillion.billionths &+ price.outputPerMillion.billionths)
                }
                return (model.leavesTheHouse ? 2 : 0, 0)
            case .smallest: return model.weightBytes.map { (0, Int64($0)) } ?? (1, 0)
            case .largest: return model.weightBytes.map { (0, -Int64($0)) } ?? (1, 0)
            case .loaded, .fastest: return (0, 0)
            }
        }
        return models.indices.sorted { a, b in
            let (left, right) = (rank(models[a]), rank(models[b]))
            return left == right ? a < b : left < right
        }
    }
}
