/// The buckets of a histogram.
struct HistogramBounds: Sendable {
    /// Upper bounds in microseconds, ascending.
    let upper: [Int]
    /// The bounds in seconds, as `le` shows them.
    let labels: [String]
    /// The most bounds that one has.
    static let most = 15

    private init(_ upper: [Int]) {
        self.upper = upper
        labels = upper.map { String(Double($0) / 1_000_000) }
    }

    /// From 1 ms to 5 minutes: answers of models.
    static let answers = HistogramBounds([
        1000, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
        30_000_000, 60_000_000, 300_000_000,
    ])
    /// From 1 ms to 2.5 seconds: tokens of an answer.
    static let tokens = HistogramBounds([
        1000, 2500, 5000, 10_000, 15_000, 25_000, 50_000, 75_000, 100_000, 150_000, 250_000, 500_000, 1_000_000,
        2_500_000,
    ])
    /// From 10 microseconds to 100 ms: what the gateway itself takes.
    static let overhead = HistogramBounds([10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 100_000])
}
