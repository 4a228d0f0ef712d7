internal import Synchronization

/// What is known of all endpoints, and how much may be tried again. It outlives a change of the files: a model whose endpoints stay
/// keeps what is known of them. Any thread may use it.
public final class EndpointBook: Sendable {
    private let sets = Mutex<[String: EndpointSet]>([:])
    private let budget = Mutex(RetryBudget())
    private let speeds = Mutex<[String: Double]>([:])

    /// A book in which nothing is known.
    public init() {}

    /// The endpoints of each model, where a request has a choice: the model has several, or a route leads to it. Forgets those of
    /// all other models.
    public func sets(_ router: Router) -> [EndpointSet?] {
        let routed = router.table.reached
        return sets.withLock { known in
            var kept: [String: EndpointSet] = [:]
            let result = router.models.enumerated().map { index, model -> EndpointSet? in
                guard case .attached(let endpoints) = model.placement, !endpoints.isEmpty,
                    endpoints.count > 1 || routed.contains(index)
                else { return nil }
                let set = known[model.name].flatMap { $0.endpoints == endpoints ? $0 : nil } ?? EndpointSet(endpoints)
                kept[model.name] = set
                return set
            }
            known = kept
            return result
        }
    }

    /// A request that has a choice is sent for the first time.
    public func began() { budget.withLock { $0.deposit() } }

    /// Takes one further attempt, if there is one.
    public func mayTryAgain(now: Int64) -> Bool { budget.withLock { $0.withdraw(now: now) } }

    /// An answer came at this speed.
    public func measured(_ model: String, tokensPerSecond: Double) {
        guard tokensPerSecond.isFinite, tokensPerSecond > 0 else { return }
        speeds.withLock { $0[model] = $0[model].map { $0 + (tokensPerSecond - $0) / 8 } ?? tokensPerSecond }
    }

    /// The models in the order of the tokens per second of their latest answers (a moving average), those without any behind.
    public func fastest(_ router: Router) -> [Int] {
        let known = speeds.withLock { $0 }
        return router.models.indices.sorted { a, b in
            let (left, right) = (known[router.models[a].name] ?? 0, known[router.models[b].name] ?? 0)
            return left == right ? a < b : left > right
        }
    }
}
