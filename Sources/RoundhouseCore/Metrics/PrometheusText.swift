/// Writes Prometheus' text exposition format, version 0.0.4.
struct PrometheusText {
    private(set) var bytes: [UInt8] = []

    /// Begins a family.
    mutating func family(_ name: String, _ type: String, _ help: String) {
        write("# HELP \(name) \(help)\n# TYPE \(name) \(type)\n")
    }

    /// One sample of the family begun last.
    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        write(name)
        writeLabels(labels)
        write(" \(value)\n")
    }

    /// A histogram's samples; it has counted microseconds, and is shown in seconds.
    mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Histogram) {
        var cumulative = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            cumulative += count
            sample(name + "_bucket", labels + [("le", String(Double(bound) / 1_000_000))], String(cumulative))
        }
        sample(name + "_bucket", labels + [("le", "+Inf")], String(histogram.total))
        sample(name + "_sum", labels, String(Double(histogram.sum) / 1_000_000))
        sample(name + "_count", labels, String(histogram.total))
    }

    private mutating func writeLabels(_ labels: [(String, String)]) {
        guard !labels.isEmpty else { return }
        write("{")
        for (index, (name, value)) in labels.enumerated() {
            if index > 0 { write(",") }
            write("\(name)=\"")
            for byte in value.utf8 {
                switch byte {
                case UInt8(ascii: "\\"): write("\\\\")
                case UInt8(ascii: "\""): write("\\\"")
                case 0x0a: write("\\n")
                default: bytes.append(byte)
                }
            }
            write("\"")
        }
        write("}")
    }

    private mutating func write(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
