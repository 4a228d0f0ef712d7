/// Counts of observations below fixed bounds, as Prometheus defines a histogram.
struct Histogram: Sendable {
    /// Upper bounds in microseconds, ascending.
    let bounds: [Int]
    private(set) var counts: [Int]
    private(set) var sum = 0

    /// From 1 ms to 5 minutes: answers of models.
    static let answers = [
        1000, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
        30_000_000, 60_000_000, 300_000_000,
    ]
    /// From 10 microseconds to 100 ms: what the gateway itself takes.
    static let overhead = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 100_000]

    init(bounds: [Int]) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    /// Counts an observation, in microseconds.
    mutating func observe(_ value: Int) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        counts[index] += 1
        sum += value
    }

    /// Adds what another histogram with the same bounds has counted.
    mutating func add(_ other: Histogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        sum += other.sum
    }

    /// How many observations there were.
    var total: Int { counts.reduce(0, +) }
}
