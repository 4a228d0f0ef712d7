internal import RoundhouseCore

extension CheckReport {
    /// A line of the team table.
    public struct TeamRow: Sendable, Codable, Equatable {
        /// The team's name.
        public var name: String
        /// Patterns over the models' own names; nil is every model.
        public var models: [String]?
        /// `120 requests/min, 8 at once`, or `-`.
        public var limits: String
        /// `50 USD/month`, or `-`.
        public var budget: String
        /// Whether its requests stay in the house.
        public var localOnly: Bool
        /// Ids of its keys.
        public var keys: [String]

        static let header = ["TEAM", "MODELS", "LIMITS", "BUDGET", "LOCAL ONLY", "KEYS"]

        init(_ team: Team, keys: [APIKey]) {
            name = team.name
            models = team.models?.patterns
            limits = RightsText.limits(team.limits)
            budget = RightsText.budget(team.budget)
            localOnly = team.localOnly
            self.keys = keys.filter { $0.team == team.name }.map(\.id)
        }

        var cells: [String] {
            [
                name, RightsText.models(models.map { NamePatterns($0) }), limits, budget, localOnly ? "yes" : "no",
                keys.isEmpty ? "-" : keys.joined(separator: ","),
            ]
        }
    }
}
