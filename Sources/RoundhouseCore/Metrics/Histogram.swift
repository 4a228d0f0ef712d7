/// Counts of observations below fixed bounds, as Prometheus defines a histogram.
struct Histogram {
    let bounds: HistogramBounds
    /// How many observations fell into each bucket, the last one for those above all bounds.
    let counts: ArraySlice<Int>
    /// Microseconds.
    let sum: Int

    /// How many observations there were.
    var total: Int { counts.reduce(0, +) }
}

extension Int {
    /// A sum that stops at the largest number instead of trapping; what is negative adds nothing, so that counters only rise.
    func addingUpToLargest(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(Swift.max(0, other))
        return overflow ? .max : sum
    }
}
