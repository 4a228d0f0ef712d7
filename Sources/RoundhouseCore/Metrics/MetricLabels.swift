/// Labels of a series as they are written, without the braces: `model="llama3",backend="llama-cpp"`. Made once for all the
/// samples that carry them.
struct MetricLabels: Sendable {
    private(set) var bytes: [UInt8] = []

    /// The value of every label of what is counted beyond the limit of label sets.
    static let other = "other"
    static let none = MetricLabels([])

    init(_ labels: [(name: String, value: String)]) {
        for label in labels { add(label.name, label.value) }
    }

    /// These and one more.
    func with(_ name: String, _ value: String) -> MetricLabels {
        var more = self
        more.add(name, value)
        return more
    }

    private mutating func add(_ name: String, _ value: String) {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: "=\"".utf8)
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
            case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
            case 0x0a: bytes.append(contentsOf: "\\n".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
