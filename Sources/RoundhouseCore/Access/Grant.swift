/// What a caller may use, worked out once for each key and configuration: which of its models, and whose limits count.
///
/// Immutable but for what the limits count. Indices are those of `Router.models` of the same configuration.
public final class Grant: Sendable {
    /// For each model whether it may be used; nil is all of them.
    private let models: [Bool]?
    /// Why its requests must not leave the house; nil if they may.
    public let localOnly: LocalOnly?
    /// The limits of its key, if it has any.
    public let keyLimits: LimitSubject?
    /// The limits of its team, if it has any.
    public let teamLimits: LimitSubject?

    /// Where its requests stand in queues.
    public let priority: Priority

    /// Whose word it is that requests stay.
    public enum LocalOnly: Sendable, Equatable {
        /// `offline: true`
        case offline
        /// `local_only: true` of the team.
        case team(String)
        /// `local_only: true` of the key.
        case key(String)
    }

    /// Makes a grant.
    public init(
        models: [Bool]?, localOnly: LocalOnly?, keyLimits: LimitSubject? = nil, teamLimits: LimitSubject? = nil,
        priority: Priority = .normal
    ) {
        self.priority = priority
        self.models = models
        self.localOnly = localOnly
        self.keyLimits = keyLimits
        self.teamLimits = teamLimits
    }

    /// Everything, without limits: for callers without a key where none is asked for.
    public static let everything = Grant(models: nil, localOnly: nil)

    /// Whether a model may be used.
    public func allows(_ index: Int) -> Bool {
        guard let models else { return true }
        return index < models.count && models[index]
    }

    /// Whether every model may be used.
    public var allowsAll: Bool { models == nil }
}

/// Works out the grants of a configuration. Keys with the same lists share the result: a thousand keys over a thousand
/// models are a few comparisons of lists.
public struct GrantMaker {
    private let models: [Model]
    private let teams: [String: Team]
    private let isOffline: Bool
    private let book: LimitBook
    private var known: [[NamePatterns?]: [Bool]?] = [:]

    /// A maker for one configuration, whose limits are counted in `book`.
    public init(configuration: Configuration, book: LimitBook) {
        models = configuration.models
        teams = Dictionary(configuration.teams.map { ($0.name, $0) }) { first, _ in first }
        isOffline = configuration.isOffline
        self.book = book
    }

    /// The grant of a key. One whose team is not in the configuration may use nothing: it cannot be told what its team may.
    public mutating func grant(for key: APIKey) -> Grant {
        var team: Team?
        if let name = key.team {
            team = teams[name]
            if team == nil, !teams.isEmpty { return Grant(models: models.map { _ in false }, localOnly: nil) }
        }
        let localOnly: Grant.LocalOnly? =
            isOffline
            ? .offline : team?.localOnly == true ? .team(team?.name ?? "") : key.localOnly ? .key(key.id) : nil
        return Grant(
            models: allowed([team?.models, key.models]), localOnly: localOnly,
            keyLimits: subject(.key, key.id, key.limits, key.budget),
            teamLimits: team.flatMap { subject(.team, $0.name, $0.limits, $0.budget) },
            priority: key.priority ?? team?.priority ?? .normal)
    }

    /// The grant of a key of a team that has no list of its own.
    public mutating func grant(ofTeam name: String) -> Grant {
        grant(for: APIKey(id: "", team: name, hash: KeyHash(secret: "")))
    }

    /// The grant of callers without a key.
    public func open() -> Grant {
        isOffline ? Grant(models: nil, localOnly: .offline) : .everything
    }

    /// The limits of each model, by index; nil where there are none.
    public func modelLimits() -> [LimitSubject?] {
        models.map { subject(.model, $0.name, $0.rateLimits, nil) }
    }

    /// What everybody's limits are counted by, nil where there are none.
    private func subject(
        _ kind: LimitSubject.Kind, _ name: String, _ limits: RateLimits, _ budget: BudgetLimit?
    ) -> LimitSubject? {
        limits.isEmpty && budget == nil ? nil : book.subject(kind, name, limits: limits, budget: budget)
    }

    private mutating func allowed(_ lists: [NamePatterns?]) -> [Bool]? {
        if lists.allSatisfy({ $0 == nil }) { return nil }
        if let found = known[lists] { return found }
        let result = models.map { model in
            lists.allSatisfy { list in
                guard let list else { return true }
                return list.matches(model.name) || model.aliases.contains(where: list.matches)
            }
        }
        known[lists] = .some(result)
        return result
    }
}
