/// What a reload would change. Where something stands in its file does not count.
public struct ConfigurationDiff: Sendable, Equatable {
    /// A model that is in both configurations and not the same.
    public struct ModelChange: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// The keys of its file that differ, in the order of the documentation.
        public var keys: [String]
        /// Whether its engine's process is started with something that differs, so that its worker must be replaced. Without
        /// that the change is soft: price, aliases, defaults, rate limits, timeouts and their like.
        public var engine: Bool

        /// Makes a change.
        public init(name: String, keys: [String], engine: Bool) {
            self.name = name
            self.keys = keys
            self.engine = engine
        }
    }

    /// Names of models that are new.
    public var added: [String] = []
    /// Models that differ, in their new order.
    public var changed: [ModelChange] = []
    /// Names of models that are gone.
    public var removed: [String] = []
    /// Routes that are new, gone or different.
    public var routes: [String] = []
    /// Teams that are new, gone or different.
    public var teams: [String] = []
    /// Ids of keys that are new, gone or different.
    public var keys: [String] = []
    /// Keys of `config/roundhouse.yaml` that differ, as `server.max_body`; teams have their own list.
    public var settings: [String] = []
    /// Those of `settings` that a running gateway cannot take up.
    public var needsRestart: [String] = []

    /// Nothing.
    public init() {}

    /// Whether both say the same.
    public var isEmpty: Bool { self == ConfigurationDiff() }

    /// Compares two snapshots and the keys that go with them.
    public static func between(
        _ old: Configuration, _ new: Configuration, oldKeys: [APIKey] = [], newKeys: [APIKey] = []
    ) -> ConfigurationDiff {
        var diff = ConfigurationDiff()
        let before = Dictionary(old.models.map { ($0.name, $0) }) { first, _ in first }
        let after = Set(new.models.map(\.name))
        for model in new.models {
            guard let other = before[model.name] else {
                diff.added.append(model.name)
                continue
            }
            if let change = ModelChange(from: other, to: model) { diff.changed.append(change) }
        }
        diff.removed = old.models.map(\.name).filter { !after.contains($0) }
        diff.routes = different(old.routes.map(\.withoutSource), new.routes.map(\.withoutSource), by: \.name)
        diff.teams = different(old.teams.map(\.withoutSource), new.teams.map(\.withoutSource), by: \.name)
        diff.keys = different(oldKeys, newKeys, by: \.id)
        diff.settings = old.settings(thatDifferFrom: new)
        diff.needsRestart = diff.settings.filter { key in
            // Other certificates are taken up; encryption itself cannot come and go under one listener.
            key == "server.tls" ? (old.server.tls == nil) != (new.server.tls == nil) : restartKeys.contains(key)
        }
        return diff
    }

    /// Settings that are fixed for the life of the process: the listener, the loops, and files that it holds open.
    static let restartKeys: Set<String> = [
        "server.host", "server.port", "server.max_connections", "server.loops", "log.access", "data", "ledger",
        "responses",
    ]

    /// Names of what is only in one list, or not the same in both.
    private static func different<Item: Equatable>(
        _ old: [Item], _ new: [Item], by name: (Item) -> String
    ) -> [String] {
        let before = Dictionary(old.map { (name($0), $0) }) { first, _ in first }
        let after = Set(new.map(name))
        return new.filter { before[name($0)] != $0 }.map(name) + old.map(name).filter { !after.contains($0) }
    }
}

extension ConfigurationDiff: CustomStringConvertible {
    /// One line for a log: `added a; changed b (context_size: its engine restarts), c (cost); removed d`.
    public var description: String {
        let changes = changed.map { change in
            "\(change.name) (\(change.keys.joined(separator: ", "))\(change.engine ? ": its engine restarts" : ""))"
        }
        let parts = [
            ("added", added), ("changed", changes), ("removed", removed), ("routes", routes), ("teams", teams),
            ("keys", keys),
            ("settings", settings), ("only after a restart", needsRestart),
        ]
        let texts = parts.filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1.joined(separator: ", "))" }
        return texts.isEmpty ? "nothing has changed" : texts.joined(separator: "; ")
    }
}

extension ModelRoute {
    fileprivate var withoutSource: ModelRoute {
        var copy = self
        copy.source = SourceLocation(file: "", line: 0)
        for index in copy.rules.indices { copy.rules[index].source = copy.source }
        return copy
    }
}

extension Team {
    fileprivate var withoutSource: Team {
        var copy = self
        copy.source = SourceLocation(file: "", line: 0)
        return copy
    }
}
