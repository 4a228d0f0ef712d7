import Testing

@testable import RoundhouseCore

@Suite struct MetricsHistogramTests {
    private func observed(_ kind: HistogramSet.Kind, _ values: [Int]) -> HistogramSet {
        var set = HistogramSet()
        set.count { for value in values { $0.observe(kind, value) } }
        return set
    }

    @Test(arguments: HistogramSet.Kind.allCases)
    func aBoundBelongsToItsBucket(_ kind: HistogramSet.Kind) {
        let bounds = kind.bounds.upper
        let histogram = observed(kind, bounds + bounds.map { $0 + 1 })[kind]
        #expect(Array(histogram.counts) == [1] + [Int](repeating: 2, count: bounds.count - 1) + [1])
        #expect(histogram.total == bounds.count * 2)
        #expect(histogram.sum == bounds.reduce(0, +) * 2 + bounds.count)
    }

    @Test(arguments: HistogramSet.Kind.allCases)
    func oneDoesNotTouchAnother(_ kind: HistogramSet.Kind) {
        let set = observed(kind, [0, 50_000, .max])
        for other in HistogramSet.Kind.allCases where other != kind {
            #expect(set[other].total == 0 && set[other].sum == 0)
        }
    }

    @Test func extremesDoNotTrap() {
        let histogram = observed(.duration, [.min, -1, .max, .max])[.duration]
        #expect(histogram.counts.first == 2)
        #expect(histogram.counts.last == 2)
        #expect(histogram.sum == .max)
    }

    @Test func sumsAddUp() {
        var first = observed(.overhead, [5, 50])
        first.add(observed(.overhead, [5, 5000]))
        first.add(observed(.queue, [7]))
        #expect(first[.overhead].total == 4)
        #expect(first[.overhead].counts.first == 2)
        #expect(first[.overhead].sum == 5060)
        #expect(first[.queue].sum == 7)
        #expect(first[.overhead].bounds.upper == HistogramBounds.overhead.upper)
    }

    @Test(arguments: HistogramSet.Kind.allCases)
    func boundsAscend(_ kind: HistogramSet.Kind) {
        let bounds = kind.bounds.upper
        #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
        #expect(bounds.allSatisfy { $0 > 0 })
        #expect(bounds.count <= HistogramBounds.most)
        #expect(kind.bounds.labels.map { Double($0)! * 1_000_000 }.map { Int($0.rounded()) } == bounds)
    }

    @Test func bucketsAreCumulativeAndInSeconds() throws {
        var text = PrometheusText()
        text.family(MetricFamily("t", .histogram, "Times."))
        text.histogram(MetricLabels([("m", "x")]), observed(.overhead, [3, 10, 500, 2_500_000])[.overhead])
        let scrape = try Scrape(text.bytes)
        #expect(scrape[#"t_bucket{m="x",le="1e-05"}"#] == 2)
        #expect(scrape[#"t_bucket{m="x",le="0.001"}"#] == 3)
        #expect(scrape[#"t_bucket{m="x",le="0.1"}"#] == 3)
        #expect(scrape[#"t_bucket{m="x",le="+Inf"}"#] == 4)
        #expect(scrape[#"t_count{m="x"}"#] == 4)
        #expect(scrape[#"t_sum{m="x"}"#] == 2.500513)
    }

    @Test func aHistogramWithoutLabels() throws {
        var text = PrometheusText()
        text.family(MetricFamily("t", .histogram, "Times."))
        text.histogram(.none, observed(.overhead, [3])[.overhead])
        let scrape = try Scrape(text.bytes)
        #expect(scrape[#"t_bucket{le="1e-05"}"#] == 1)
        #expect(scrape["t_count"] == 1)
    }
}
