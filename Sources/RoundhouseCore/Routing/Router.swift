/// Turns the name in a request into the model that serves it, or the route that decides about it. Immutable and synchronous.
public struct Router: Sendable {
    /// Why a model was chosen; what `x-roundhouse-route` says.
    public enum Reason: String, Sendable {
        /// The request named the model itself.
        case name
        /// The request used one of its aliases.
        case alias
    }

    /// What a name stands for.
    public struct Match: Sendable {
        /// Index into `models`, or where it is a route, the number that `table.decide` takes.
        public var index: Int
        /// Why.
        public var reason: Reason
        /// Whether the request has to be decided about: the name is a route's, or a model's with a fallback.
        public var isRoute = false
    }

    /// All models, in the order of the configuration.
    public let models: [Model]
    /// All virtual models, in the same order.
    public let routes: [ModelRoute]
    /// What decides where requests for routes go.
    public let table: RouteTable
    private let names: NameTable
    /// Every name with the models that it may come to.
    private let reach: [(name: String, models: [Int])]

    /// A router over the models and routes of one configuration, whose names and aliases are unique.
    public init(models: [Model], routes: [ModelRoute] = []) {
        self.models = models
        self.routes = routes
        table = RouteTable(models: models, routes: routes)
        var entries: [(name: String, value: Int)] = []
        var reach: [(name: String, models: [Int])] = []
        func add(_ own: String, _ aliases: [String], _ index: Int, isRoute: Bool, _ models: [Int]) {
            let value = index << 2 | (isRoute ? 2 : 0)
            entries.append((own, value))
            for alias in aliases { entries.append((alias, value | 1)) }
            for name in [own] + aliases { reach.append((name, models)) }
        }
        var next = routes.count
        for (index, model) in models.enumerated() {
            let isRoute = !model.fallback.isEmpty
            add(model.name, model.aliases, isRoute ? next : index, isRoute: isRoute, [index])
            if isRoute { next += 1 }
        }
        for (index, route) in routes.enumerated() {
            add(route.name, route.aliases, index, isRoute: true, table.reach[index])
        }
        names = NameTable(entries)
        self.reach = reach
    }

    /// What requests for this name come to.
    public func match(_ name: UnsafeRawBufferPointer) -> Match? {
        guard let value = names.value(for: name) else { return nil }
        return Match(index: value >> 2, reason: value & 1 == 0 ? .name : .alias, isRoute: value & 2 != 0)
    }

    /// The same for a `String`, off the request path.
    public func match(_ name: String) -> Match? {
        var copy = name
        return copy.withUTF8 { match(UnsafeRawBufferPointer($0)) }
    }

    /// Up to three names that look like this one and that the caller may use, the nearest first.
    public func nearest(to name: String, for grant: Grant) -> [String] {
        NearestName.among(
            reach.filter { $0.models.contains(where: grant.allows) }.map(\.name), of: name, limit: 3)
    }

    /// Every name that a caller can use now, in the order of the files: those of models and then those of routes.
    public func names(for grant: Grant) -> [String] {
        reach.filter { entry in entry.models.contains { grant.allows($0) && models[$0].unavailable == nil } }.map(
            \.name)
    }

    /// Whether there is something of this name that the caller may use.
    public func isVisible(_ name: String, to grant: Grant) -> Bool {
        reach.contains { $0.name == name && $0.models.contains(where: grant.allows) }
    }

    /// What is known of a route: what all together can do that it may come to; nil if the caller may use none of them.
    public func card(ofRoute index: Int, for grant: Grant) -> ModelCard? {
        let allowed = table.reach[index].filter(grant.allows)
        guard let first = allowed.first else { return nil }
        var card = ModelCard(models[first])
        card.name = routes[index].name
        card.capabilities = allowed.reduce(into: []) { $0 = $0.union(models[$1].capabilities) }
        let contexts = allowed.map { models[$0].context }
        card.contextLength = contexts.contains(nil) ? nil : contexts.compactMap { $0 }.max()
        return card
    }
}
