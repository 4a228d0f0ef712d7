/// The endpoints of one model: how many requests each is working on, and how it is doing. A pure state machine that `EndpointSet`
/// locks; it takes the time in nanoseconds of a monotonic clock.
public struct EndpointBalance: Sendable {
    struct State: Sendable, Equatable {
        var outstanding = 0
        /// Requests so far, so that those with equally much to do take turns.
        var picks = 0

        /// Whether it has less to do.
        func isFreer(than other: State) -> Bool { (outstanding, picks) < (other.outstanding, other.picks) }

        var breaker = CircuitBreaker()
    }

    /// What a request is sent by.
    public enum Affinity: Sendable {
        /// Whichever has the least to do.
        case none
        /// The endpoint that this hash of a conversation falls to.
        case session(UInt64)
        /// An endpoint that has seen the beginning of this prompt.
        case prefix(PromptPrefix)
    }

    private(set) var endpoints: [State]
    private var seen = PrefixTable()

    /// How much more than its share an endpoint may have to do before affinity gives way (bounded load; Mirrokni, Thorup,
    /// Zadimoghaddam 2016).
    static let boundedLoad = 1.25
    /// The most endpoints of a model.
    public static let limit = 64

    /// Endpoints that have nothing to do.
    public init(count: Int) {
        endpoints = Array(repeating: State(), count: min(count, Self.limit))
    }

    /// Picks one, and counts a request for it.
    /// - Parameters:
    ///   - draw: random bits.
    ///   - tried: a bit for each endpoint that this request has been to.
    /// - Returns: nil if none may be asked now.
    public mutating func pick(_ affinity: Affinity = .none, draw: UInt64, tried: UInt64 = 0, now: Int64) -> Int? {
        var open: [Int] = []
        for index in endpoints.indices
        where tried & (1 << UInt64(index)) == 0 && endpoints[index].breaker.wait(now: now) == nil {
            open.append(index)
        }
        guard !open.isEmpty else { return nil }
        let chosen: Int
        switch affinity {
        case .none: chosen = leastLoaded(of: open, draw)
        case .session(let hash): chosen = byHash(hash, open) ?? leastLoaded(of: open, draw)
        case .prefix(let prefix):
            chosen =
                seen.longest(prefix, among: open.filter(isWithinBound)).map { leastLoaded(of: $0, draw) }
                ?? leastLoaded(of: open, draw)
            seen.add(prefix, at: chosen)
        }
        endpoints[chosen].outstanding += 1
        endpoints[chosen].picks &+= 1
        endpoints[chosen].breaker.begin(now: now)
        return chosen
    }

    /// Of two that are drawn, the one with less to do: nearly as good as the best of all, and no herd runs to it.
    private func leastLoaded(of open: [Int], _ draw: UInt64) -> Int {
        guard open.count > 1 else { return open[0] }
        let first = StickyHash.place(draw, of: open.count)
        var second = StickyHash.place(StickyHash.mix(draw), of: open.count - 1)
        if second >= first { second += 1 }
        return endpoints[open[second]].isFreer(than: endpoints[open[first]]) ? open[second] : open[first]
    }

    /// Rendezvous: each endpoint has a weight of its own for each hash, so that one which goes takes nobody else's place.
    private func byHash(_ hash: UInt64, _ open: [Int]) -> Int? {
        open.filter(isWithinBound).max {
            StickyHash.mix(hash ^ UInt64($0) &* 0x9e37_79b9_7f4a_7c15)
                < StickyHash.mix(hash ^ UInt64($1) &* 0x9e37_79b9_7f4a_7c15)
        }
    }

    private func isWithinBound(_ index: Int) -> Bool {
        let all = endpoints.reduce(1) { $0 + $1.outstanding }
        return Double(endpoints[index].outstanding) < Self.boundedLoad * Double(all) / Double(endpoints.count)
    }

    /// Beginnings of prompts that are remembered.
    var remembered: Int { seen.count }

    /// A request has left an endpoint.
    public mutating func left(_ index: Int) {
        endpoints[index].outstanding = max(0, endpoints[index].outstanding - 1)
    }

    /// Changes how an endpoint is judged.
    public mutating func judge(_ index: Int, _ change: (inout CircuitBreaker) -> Void) {
        change(&endpoints[index].breaker)
    }

    /// Nanoseconds until one of those that were not tried may be asked; nil if one may now, `.max` if there is none.
    public func wait(tried: UInt64 = 0, now: Int64) -> Int64? {
        var least = Int64.max
        for index in endpoints.indices where tried & (1 << UInt64(index)) == 0 {
            guard let wait = endpoints[index].breaker.wait(now: now) else { return nil }
            least = min(least, wait)
        }
        return least
    }
}
