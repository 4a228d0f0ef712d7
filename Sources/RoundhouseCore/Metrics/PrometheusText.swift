/// Writes Prometheus' text exposition format, version 0.0.4.
struct PrometheusText {
    private(set) var bytes: [UInt8] = []
    private var name: [UInt8] = []

    init() { bytes.reserveCapacity(64 * 1024) }

    /// Begins a family; the samples that follow are its.
    mutating func family(_ family: MetricFamily) {
        name = Array(family.name.utf8)
        write("# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind.rawValue)\n")
    }

    /// One sample of the family begun last.
    mutating func sample(_ labels: MetricLabels, _ value: Int) {
        begin(labels)
        write(value)
        end()
    }

    /// One sample, 1 or 0.
    mutating func sample(_ labels: MetricLabels, _ value: Bool) { sample(labels, value ? 1 : 0) }

    /// One sample, shown in seconds.
    mutating func sample(_ labels: MetricLabels, milliseconds: Int) {
        begin(labels)
        write(milliseconds, digits: 3)
        end()
    }

    /// One sample, in units of the currency.
    mutating func sample(_ labels: MetricLabels, _ value: Money) {
        begin(labels)
        write(value.description)
        end()
    }

    /// One sample.
    mutating func sample(_ labels: MetricLabels, _ value: Double) {
        begin(labels)
        write(value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : value.description)
        end()
    }

    /// A histogram's samples; it has counted microseconds, and is shown in seconds.
    mutating func histogram(_ labels: MetricLabels, _ histogram: Histogram) {
        var prefix = name
        prefix.append(contentsOf: "_bucket{".utf8)
        prefix.append(contentsOf: labels.bytes)
        prefix.append(contentsOf: (labels.bytes.isEmpty ? "le=\"" : ",le=\"").utf8)
        var cumulative = 0
        for (index, count) in histogram.counts.enumerated() {
            cumulative += count
            bytes.append(contentsOf: prefix)
            write(index < histogram.bounds.labels.count ? histogram.bounds.labels[index] : "+Inf")
            write("\"} ")
            write(cumulative)
            end()
        }
        begin(labels, suffix: "_sum")
        write(histogram.sum, digits: 6)
        end()
        begin(labels, suffix: "_count")
        write(cumulative)
        end()
    }

    private mutating func begin(_ labels: MetricLabels, suffix: String = "") {
        bytes.append(contentsOf: name)
        write(suffix)
        if !labels.bytes.isEmpty {
            write("{")
            bytes.append(contentsOf: labels.bytes)
            write("}")
        }
        write(" ")
    }

    private mutating func end() { bytes.append(0x0a) }

    private mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func write(_ number: Int) {
        if number >= 0 && number <= 9 {
            bytes.append(UInt8(ascii: "0") + UInt8(number))
        } else {
            write(String(number))
        }
    }

    /// A number that is not below zero, with so many digits behind the point.
    private mutating func write(_ number: Int, digits: Int) {
        let text = String(number)
        let missing = max(0, digits + 1 - text.utf8.count)
        let padded = String(repeating: "0", count: missing) + text
        write(String(padded.dropLast(digits)))
        write(".")
        write(String(padded.suffix(digits)))
    }
}
