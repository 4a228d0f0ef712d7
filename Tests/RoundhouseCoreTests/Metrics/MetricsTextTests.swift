import Testing

@testable import RoundhouseCore

@Suite struct MetricsTextTests {
    private let family = MetricFamily("m", .gauge, "Help.")

    private func written(_ write: (inout PrometheusText) -> Void) -> String {
        var text = PrometheusText()
        text.family(family)
        let header = text.bytes.count
        write(&text)
        return String(decoding: text.bytes[header...], as: UTF8.self)
    }

    @Test func aFamilyHasHelpAndType() {
        var text = PrometheusText()
        text.family(family)
        #expect(text.bytes == Array("# HELP m Help.\n# TYPE m gauge\n".utf8))
    }

    @Test(arguments: [
        ("plain", #"plain"#), ("a\"b", #"a\"b"#), ("a\\b", #"a\\b"#), ("a\nb", #"a\nb"#), ("日本", "日本"),
        (#"\n"#, #"\\n"#), (#""} 1"#, #"\"} 1"#), ("", ""), ("a,b=\"c\"", #"a,b=\"c\""#),
    ])
    func labelsAreEscaped(_ value: String, _ expected: String) {
        let labels = MetricLabels([("l", value)]).with("k", value)
        #expect(written { $0.sample(labels, 1) } == "m{l=\"\(expected)\",k=\"\(expected)\"} 1\n")
    }

    @Test func noLabelsNoBraces() {
        #expect(written { $0.sample(.none, 1) } == "m 1\n")
    }

    @Test(arguments: [(0, "0"), (9, "9"), (10, "10"), (-1, "-1"), (Int.max, "9223372036854775807")])
    func wholeNumbers(_ value: Int, _ expected: String) {
        #expect(written { $0.sample(.none, value) } == "m \(expected)\n")
    }

    @Test(arguments: [
        (0, "0.000"), (1, "0.001"), (999, "0.999"), (1000, "1.000"), (61_050, "61.050"),
        (Int.max, "9223372036854775.807"),
    ])
    func milliseconds(_ value: Int, _ expected: String) {
        #expect(written { $0.sample(.none, milliseconds: value) } == "m \(expected)\n")
    }

    @Test(arguments: [
        (0.0, "0.0"), (1.25, "1.25"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
    ])
    func fractions(_ value: Double, _ expected: String) {
        #expect(written { $0.sample(.none, value) } == "m \(expected)\n")
    }

    @Test func moneyIsExact() {
        #expect(written { $0.sample(.none, Money(billionths: 1_000_000_001)) } == "m 1.000000001\n")
    }
}
