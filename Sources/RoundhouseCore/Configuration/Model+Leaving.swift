extension Model {
    /// Whether its requests leave the house: an attached endpoint that is not on this machine, unless the operator says
    /// something else of it (`local`).
    public var leavesTheHouse: Bool {
        guard case .attached(let endpoints) = placement else { return false }
        if let isOwn { return !isOwn }
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
