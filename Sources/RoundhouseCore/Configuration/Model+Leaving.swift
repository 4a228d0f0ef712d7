extension Model {
    /// Whether its requests leave the house: an attached endpoint that is neither on this machine nor said to be the
    /// operator's own (`local: true`).
    public var leavesTheHouse: Bool {
        guard !isOwn, case .attached(let endpoints) = placement else { return false }
        return endpoints.contains { !$0.isOnThisMachine }
    }
}

extension Endpoint {
    /// Whether it is a Unix socket or a loopback address.
    public var isOnThisMachine: Bool {
        switch address {
        case .unix: true
        case .tcp(let host, _, _): BindGuard.isLoopback(host)
        }
    }
}
