/// What a caller may use, worked out once for each key and configuration: which of its models, and whose limits count.
///
/// Immutable but for what the limits count. Indices are those of `Router.models` of the same configuration.
public final class Grant: Sendable {
    /// For each model whether it may be used; nil is all of them.
    private let models: [Bool]?
    /// Why its requests must not leave the house; nil if they may.
    public let localOnly: LocalOnly?
    /// The limits of its key and its team, as far as there are any.
    public let limits: [LimitSubject]

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
    public init(models: [Bool]?, localOnly: LocalOnly?, limits: [LimitSubject]) {
        self.models = models
        self.localOnly = localOnly
        self.limits = limits
    }

    /// Everything, without limits: for callers without a key where none is asked for.
    public static let everything = Grant(models: nil, localOnly: nil, limits: [])

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
            if team == nil, !teams.isEmpty { return Grant(models: models.map { _ in false }, localOnly: nil, limits: []) }
        }
        var limits: [LimitSubject] = []
        if !key.limits.isEmpty || key.budget != nil {
            limits.append(book.subject(.key, key.id, limits: key.limits, budget: key.budget))
        }
        if let team, !team.limits.isEmpty || team.budget != nil {
            limits.append(book.subject(.team, team.name, limits: team.limits, budget: team.budget))
        }
        let localOnly: Grant.LocalOnly? =
            isOffline ? .offline : team?.localOnly == true ? .team(team?.name ?? "") : key.localOnly ? .key(key.id) : nil
        return Grant(models: allowed([team?.models, key.models]), localOnly: localOnly, limits: limits)
    }

    /// The grant of callers without a key.
    public func open() -> Grant {
        isOffline ? Grant(models: nil, localOnly: .offline, limits: []) : .everything
    }

    /// The limits of each model, by index; nil where there are none.
    public func modelLimits() -> [LimitSubject?] {
        models.map { model in
            model.rateLimits.isEmpty ? nil : book.subject(.model, model.name, limits: model.rateLimits, budget: nil)
        }
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
