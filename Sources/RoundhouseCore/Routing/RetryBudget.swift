/// How many more requests may be sent than clients have made, so that an outage does not multiply the load. Pure: it takes the
/// time in nanoseconds of a monotonic clock.
///
/// Every first attempt adds a fifth of a further one, every second one more, and a burst of ten is always saved up; so that
/// upstreams see at most 1.2 times the load, and small installations are not held back. (Figures as in Finagle's RetryBudget.)
public struct RetryBudget: Sendable, Equatable {
    private var balance = Self.burst
    private var refilledAt: Int64 = 0

    static let burst = 10.0
    static let share = 0.2
    static let perSecond = 1.0
    static let most = 100.0

    /// A full one.
    public init() {}

    /// A request is sent for the first time.
    public mutating func deposit() { balance = min(Self.most, balance + Self.share) }

    /// Takes one further attempt, if there is one.
    public mutating func withdraw(now: Int64) -> Bool {
        let seconds = Double(max(0, now - refilledAt)) * 1e-9
        refilledAt = max(refilledAt, now)
        if balance < Self.burst { balance = min(Self.burst, balance + seconds * Self.perSecond) }
        guard balance >= 1 else { return false }
        balance -= 1
        return true
    }
}
