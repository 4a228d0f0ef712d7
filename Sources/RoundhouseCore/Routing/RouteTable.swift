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

    struct Rule: Sendable {
        var condition: RouteCondition
        var isUnconditional: Bool
        var target: Target
        var label: String
    }

    struct Route: Sendable {
        var name: String
        var rules: [Rule]
        var fallback: [(destination: Destination, label: String)]
        /// Every model that it may come to.
        var reach: [Int]
    }

    let models: [RoutedModel]
    let routes: [Route]
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
                name: route.name, rules: route.rules.compactMap { Self.rule($0, places) },
                fallback: route.fallback.compactMap { name in
                    places[name].map { ($0, "fallback:\(name.headerSafe)") }
                }, reach: [])
        }
        // Models with a fallback of their own are routes with one rule, which only their own names lead to.
        for (index, model) in models.enumerated() where !model.fallback.isEmpty {
            let own = Rule(
                condition: RouteCondition(), isUnconditional: true, target: .one(.model(index)), label: "name")
            let fallback = model.fallback.compactMap { name in
                places[name].map { (destination: $0, label: "fallback:\(name.headerSafe)") }
            }
            resolved.append(Route(name: model.name, rules: [own], fallback: fallback, reach: []))
        }
        for index in resolved.indices { resolved[index].reach = Self.reach(of: index, resolved, models) }
        self.routes = resolved
        ranksSpeed = resolved.contains { route in
            route.rules.contains { if case .capability(_, .fastest) = $0.target { true } else { false } }
        }
        reached = resolved.reduce(into: []) { $0.formUnion($1.reach) }
        orders = Dictionary(uniqueKeysWithValues: RoutePreference.allCases.map { ($0, Self.order($0, models)) })
    }

    private static func rule(_ rule: RouteRule, _ places: [String: Destination]) -> Rule? {
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
        return Rule(
            condition: rule.condition, isUnconditional: rule.condition.isEmpty, target: target,
            label: "rule:\(rule.condition.label.headerSafe)")
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
