/// How often the ledger writes, and how much it holds meanwhile.
public struct LedgerPace: Sendable {
    /// The longest that a record waits before it is written. What a killed process loses is this much and the time of one
    /// write.
    public var interval: Duration = .milliseconds(250)
    /// As many records are written at once without waiting for the interval's end, and make one transaction.
    public var batch = 4096
    /// The most records that wait while they cannot be written, some 50 MB of them; then the oldest go.
    public var waitingLimit = 100_000
    /// The time between attempts while they fail, doubled from one to the next.
    public var retry: Duration = .seconds(1)
    /// The most that it is doubled to.
    public var longestRetry: Duration = .seconds(5)
    /// How often a failure that goes on is said again.
    public var alarmInterval: Duration = .seconds(60)
    /// How often rows that have had their time are looked for.
    public var retentionInterval: Duration = .seconds(600)
    /// The pause between two slices of them.
    public var retentionPause: Duration = .milliseconds(100)
    /// How many features a day has roll-ups of its own for; further ones are booked as `(others)`.
    public var featuresADay = 1000

    /// What the gateway uses.
    public init() {}
}
