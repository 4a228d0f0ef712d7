/// Where records go besides the access log and the metrics: the ledger.
public protocol RecordSink: Sendable {
    /// Takes records in the order in which their requests ended. Called from event loops a few times a second: it must not
    /// block, nor do the writing itself.
    func take(_ records: [RequestRecord])
    /// Whether requests may be served: false only for a ledger that is required and cannot be written to at the moment.
    var isAccepting: Bool { get }
    /// How it stands, for `/metrics`.
    var gauge: GatewayMetrics.LedgerGauge { get }
}
