public import RoundhouseCore

/// How the ledger is doing, for metrics and for people.
public struct LedgerStatus: Sendable, Equatable {
    /// Records in the database since the start.
    public var written = 0
    /// Records in memory that are not in the database yet.
    public var waiting = 0
    /// Records that were given up: too many were waiting, or the ledger was closed.
    public var dropped = 0
    /// How long the oldest of those that wait has waited, in seconds.
    public var lagSeconds = 0.0
    /// Why writing fails at the moment; nil if it does not.
    public var failure: String?
    /// How long it has been failing, in seconds.
    public var failingSeconds: Double?
    /// Why the head file could not be written; nil if it could. The escalations themselves are in the database.
    public var headFailure: String?
    /// The anchored end of the chain of escalations; nil while the files could not be opened.
    public var head: ChainHead?
    /// What is wrong with the chain of escalations, found when the files were opened: a sentence for each time.
    public var chainProblems: [String] = []

    /// A ledger that has had nothing to do.
    public init() {}
}

extension Ledger {
    /// The same for `/metrics`.
    public var gauge: GatewayMetrics.LedgerGauge {
        let status = status
        var gauge = GatewayMetrics.LedgerGauge()
        gauge.written = status.written
        gauge.waiting = status.waiting
        gauge.dropped = status.dropped
        gauge.lagSeconds = status.lagSeconds
        gauge.isFailing = status.failure != nil
        gauge.isAuditBroken = !status.chainProblems.isEmpty
        gauge.isHeadFailing = status.headFailure != nil
        return gauge
    }
}
