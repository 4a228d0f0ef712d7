internal import RoundhouseCore

extension CheckReport {
    /// A line of the route table.
    public struct RouteRow: Sendable, Codable, Equatable {
        /// What clients send.
        public var name: String
        /// Its further names.
        public var aliases: [String]
        /// Its rules in order, each as `feature=x → model`.
        public var rules: [String]
        /// Tried in order behind them.
        public var fallback: [String]
        /// `models/a.yaml:1`.
        public var source: String

        static let header = ["ROUTE", "ALIASES", "RULES", "FALLBACK"]

        init(_ route: ModelRoute) {
            name = route.name
            aliases = route.aliases
            rules = route.rules.map { "\($0.condition.label) → \($0.target.shown)" }
            fallback = route.fallback
            source = "\(route.source.file):\(route.source.line)"
        }

        var cells: [String] {
            [
                name, aliases.isEmpty ? "-" : aliases.joined(separator: ","), rules.joined(separator: "; "),
                fallback.isEmpty ? "-" : fallback.joined(separator: ","),
            ]
        }
    }
}

extension RouteTarget {
    /// For people: a name, the shares of a split, or what is looked for.
    var shown: String {
        switch self {
        case .name(let name): name
        case .split(let split):
            split.arms.map { "\($0.name):\($0.weight)" }.joined(separator: "/")
                + (split.sticky.map { " sticky by \($0.rawValue)" } ?? "")
        case .capability(let capability, let preference): "\(preference.rawValue) with \(capability.rawValue)"
        }
    }
}
