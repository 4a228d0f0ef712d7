internal import Synchronization

/// Everything that is counted for limits, by name, so that it survives reloads of the configuration. Requests do not come
/// here: each snapshot of the configuration keeps the subjects that it found here.
public final class LimitBook: Sendable {
    private struct Name: Hashable {
        var kind: LimitSubject.Kind
        var name: String
    }

    private struct State {
        var subjects: [Name: LimitSubject] = [:]
        var estimators: [String: UsageEstimator] = [:]
    }

    private let state = Mutex(State())

    /// An empty book.
    public init() {}

    /// The subject of this name with these limits from now on; made if it is new.
    public func subject(
        _ kind: LimitSubject.Kind, _ name: String, limits: RateLimits, budget: BudgetLimit? = nil
    ) -> LimitSubject {
        state.withLock { state in
            let key = Name(kind: kind, name: name)
            if let known = state.subjects[key] {
                known.update(limits: limits, budget: budget)
                return known
            }
            let made = LimitSubject(kind, name, limits: limits, budget: budget)
            state.subjects[key] = made
            return made
        }
    }

    /// What is known of a name, if it has limits.
    public func known(_ kind: LimitSubject.Kind, _ name: String) -> LimitSubject? {
        state.withLock { $0.subjects[Name(kind: kind, name: name)] }
    }

    /// What is expected of a model's requests.
    public func estimator(model: String) -> UsageEstimator {
        state.withLock { state in
            if let known = state.estimators[model] { return known }
            let made = UsageEstimator()
            state.estimators[model] = made
            return made
        }
    }

    /// Forgets all subjects but these, and all estimators but those of these models. Requests that run keep what they hold.
    public func retain(only subjects: [LimitSubject], models: Set<String>) {
        let kept = Set(subjects.map { Name(kind: $0.kind, name: $0.name) })
        state.withLock { state in
            state.subjects = state.subjects.filter { kept.contains($0.key) }
            state.estimators = state.estimators.filter { models.contains($0.key) }
        }
    }

    /// All subjects: keys, teams, models, each by name.
    public var all: [LimitSubject] {
        let subjects = state.withLock { Array($0.subjects.values) }
        let order: [LimitSubject.Kind: Int] = [.key: 0, .team: 1, .model: 2]
        return subjects.sorted { a, b in
            (order[a.kind] ?? 0, a.name) < (order[b.kind] ?? 0, b.name)
        }
    }
}
