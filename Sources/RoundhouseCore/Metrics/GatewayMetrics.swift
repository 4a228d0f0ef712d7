/// All metrics of a gateway: a share for each event loop, put together when somebody asks.
public final class GatewayMetrics: Sendable {
    /// The shares, one for each event loop.
    public let shards: [MetricShard]
    private let version: String
    /// When the gateway started, in seconds since 1970.
    public let startedAt: Int64

    /// - Parameters:
    ///   - shards: how many event loops there are.
    ///   - startedAt: seconds since 1970.
    public init(shards: Int, version: String, startedAt: Int64) {
        self.shards = (0..<shards).map { _ in MetricShard() }
        self.version = version
        self.startedAt = startedAt
    }

    /// Prometheus' text format, version 0.0.4.
    public func render(_ readings: Readings) -> [UInt8] {
        let totals = MetricTotals(shards)
        var text = PrometheusText()
        text.family(.buildInfo)
        text.sample(MetricLabels([("version", version)]), 1)
        text.family(.startTime)
        text.sample(.none, Int(startedAt))
        text.family(.openConnections)
        text.sample(.none, totals.openConnections)
        text.gauges(ofProcess: readings)
        text.totals(totals)
        if let workers = readings.workers { text.workers(workers) }
        if let endpoints = readings.endpoints { text.endpoints(endpoints) }
        if let limits = readings.limits { text.limits(limits) }
        if let ledger = readings.ledger { text.ledger(ledger) }
        if let reload = readings.reload { text.reload(reload) }
        return text.bytes
    }
}
