extension GatewayMetrics.LimitGauge {
    /// What a subject has counted.
    public init(_ reading: LimitReading) {
        self.init(kind: reading.kind.rawValue, name: reading.name)
        limits = reading.limits
        budget = reading.budget
        used = GatewayMetrics.LimitNumbers(
            requests: reading.requests, tokens: reading.tokens, concurrent: reading.active)
        spent = reading.spent ?? .zero
        reserved = reading.reserved ?? .zero
        refusals = GatewayMetrics.LimitNumbers(reading.refusals)
        shadowRefusals = GatewayMetrics.LimitNumbers(reading.shadowRefusals)
    }
}

extension GatewayMetrics.LimitNumbers {
    fileprivate init(_ counts: LimitCounts) {
        self.init(
            requests: counts.requests, tokens: counts.tokens, concurrent: counts.concurrent, budget: counts.budget)
    }
}

extension GatewayMetrics.ReloadGauge {
    /// The files were read again.
    public mutating func note(succeeded: Bool, at seconds: Int64) {
        self.succeeded = succeeded
        if succeeded {
            succeededAt = seconds
            applied += 1
        } else {
            refused += 1
        }
    }
}
