internal import RoundhouseCore
internal import RoundhouseWorkers

/// The models in the order of what they are doing, looked at again when it is older than a moment: asking every worker for every
/// request would cost more than the request does. Confined to a loop.
final class ModelOrders {
    private var known: [RoutePreference: (order: [Int], snapshot: ObjectIdentifier, at: Int64)] = [:]

    /// How old an order may be, in nanoseconds.
    private static let age: Int64 = 250_000_000

    /// The order of a preference that the files alone do not say; nil for the others.
    func order(_ preference: RoutePreference, _ snapshot: Snapshot, now: Int64) -> [Int]? {
        switch preference {
        case .cheapest, .smallest, .largest: return nil
        case .loaded, .fastest: break
        }
        if let old = known[preference], old.snapshot == ObjectIdentifier(snapshot), now - old.at < Self.age {
            return old.order
        }
        let order = preference == .fastest ? snapshot.endpoints.fastest(snapshot.router) : Self.loaded(snapshot)
        known[preference] = (order, ObjectIdentifier(snapshot), now)
        return order
    }

    /// What runs elsewhere is taken as loaded.
    private static func loaded(_ snapshot: Snapshot) -> [Int] {
        let ready = Set(snapshot.workers.status().filter { $0.state == "ready" }.map(\.model))
        func isLoaded(_ model: Model) -> Bool {
            if case .launched = model.placement { ready.contains(model.name) } else { true }
        }
        let models = snapshot.router.models
        return models.indices.filter { isLoaded(models[$0]) } + models.indices.filter { !isLoaded(models[$0]) }
    }
}
