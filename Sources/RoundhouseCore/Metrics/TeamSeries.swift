/// What is counted of the requests with one team's keys.
struct TeamSeries: Sendable {
    private(set) var ok = 0
    private(set) var refused = 0
    private(set) var failed = 0
    private(set) var cut = 0
    private(set) var cancelled = 0
    private(set) var inputTokens = 0
    private(set) var outputTokens = 0
    private(set) var cost = CostSums()

    /// Counts a request.
    mutating func count(_ record: RequestRecord) {
        switch record.outcome {
        case .ok: ok += 1
        case .refused: refused += 1
        case .failed: failed += 1
        case .cut: cut += 1
        case .cancelled: cancelled += 1
        }
        inputTokens = inputTokens.addingUpToLargest(record.usage.inputTokens ?? 0)
        outputTokens = outputTokens.addingUpToLargest(record.usage.outputTokens ?? 0)
        if let amount = record.cost, let currency = record.currency { cost.add(amount, currency) }
    }

    mutating func add(_ other: TeamSeries) {
        ok += other.ok
        refused += other.refused
        failed += other.failed
        cut += other.cut
        cancelled += other.cancelled
        inputTokens = inputTokens.addingUpToLargest(other.inputTokens)
        outputTokens = outputTokens.addingUpToLargest(other.outputTokens)
        cost.add(other.cost)
    }

    /// How many ended in each way.
    var outcomes: [(outcome: RequestRecord.Outcome, count: Int)] {
        [(.ok, ok), (.refused, refused), (.failed, failed), (.cut, cut), (.cancelled, cancelled)]
    }
}
