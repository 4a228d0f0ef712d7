internal import Synchronization

/// The endpoints of an attached model, shared by all loops: one short lock for each request that has a choice. Any thread may use
/// it.
public final class EndpointSet: Sendable {
    private let balance: Mutex<EndpointBalance>
    /// In the order of the file.
    public let endpoints: [Endpoint]

    /// Endpoints that have nothing to do.
    public init(_ endpoints: [Endpoint]) {
        self.endpoints = endpoints
        balance = Mutex(EndpointBalance(count: endpoints.count))
    }

    /// Picks one, and counts a request for it, which `left` takes back; nil if none may be asked now.
    public func pick(_ affinity: EndpointBalance.Affinity, draw: UInt64, tried: UInt64, now: Int64) -> Int? {
        balance.withLock { $0.pick(affinity, draw: draw, tried: tried, now: now) }
    }

    /// A request has left an endpoint.
    public func left(_ index: Int) { balance.withLock { $0.left(index) } }

    /// Changes how an endpoint is judged.
    public func judge(_ index: Int, _ change: (inout CircuitBreaker) -> Void) {
        balance.withLock { $0.judge(index, change) }
    }

    /// Seconds until one of those that were not tried may be asked; nil if one may now.
    public func wait(tried: UInt64 = 0, now: Int64) -> Int? {
        guard let wait = balance.withLock({ $0.wait(tried: tried, now: now) }) else { return nil }
        return Int(min(wait, 3_600_000_000_000) / 1_000_000_000) + 1
    }

    /// Those that a probe should ask, because nobody else does.
    public var unwell: [Int] {
        balance.withLock { balance in balance.endpoints.indices.filter { balance.endpoints[$0].breaker.wantsProbe } }
    }

    /// For whoever looks: requests that each works on, the word for how it is doing, and seconds until it may be asked again.
    public func readings(now: Int64) -> [(endpoint: Endpoint, outstanding: Int, state: String, wait: Int?)] {
        balance.withLock { balance in
            zip(endpoints, balance.endpoints).map { endpoint, state in
                let word =
                    switch state.breaker.phase {
                    case .closed: state.breaker.wait(now: now) == nil ? "well" : "paused"
                    case .open: "open"
                    case .trial: "half open"
                    }
                let wait = state.breaker.wait(now: now).map { Int($0 / 1_000_000_000) + 1 }
                return (endpoint, state.outstanding, word, wait)
            }
        }
    }
}
