import RoundhouseCore

/// Metrics with as many series as a large house has.
enum BusyHouse {
    /// Metrics that render to 1,000 series or some more: models, each with every histogram.
    static let metrics: GatewayMetrics = {
        let metrics = GatewayMetrics(shards: 2, version: "bench", startedAt: 0)
        for number in 0..<12 {
            for (index, outcome) in [RequestRecord.Outcome.ok, .refused, .cut].enumerated() {
                var record = RequestRecord()
                record.isInference = true
                record.route = "POST /v1/chat/completions"
                record.model = "model-\(number)"
                record.backend = "llama-cpp"
                record.team = "team-\(number)"
                record.status = 200 + index
                record.outcome = outcome
                record.stream = true
                record.firstByteMicroseconds = 200_000
                record.durationMicroseconds = 2_000_000
                record.usage.inputTokens = 100
                record.usage.outputTokens = 50
                record.usageSource = .provider
                for shard in metrics.shards { shard.record(record) }
            }
        }
        return metrics
    }()

    /// Sample lines of a scrape.
    static let series = metrics.render(GatewayMetrics.Readings()).split(separator: 0x0a).count {
        $0.first != UInt8(ascii: "#")
    }
}
