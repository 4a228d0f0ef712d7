/// Bytes that something takes: of the machine's memory, and of each GPU's.
public struct Footprint: Sendable, Equatable, Codable {
    /// Bytes of the machine's memory.
    public var host: Int
    /// Bytes of GPUs' memory, by the GPU's index as its vendor's tool lists it. What is nothing is left out.
    public var devices: [String: Int]

    /// Makes one.
    public init(host: Int, devices: [String: Int] = [:]) {
        self.host = host
        self.devices = devices
    }

    /// Nothing.
    public static let none = Footprint(host: 0)

    /// The sum of both; a sum that does not fit into 64 bits is the largest number.
    public static func + (one: Footprint, other: Footprint) -> Footprint {
        Footprint(
            host: one.host.clampedSum(other.host), devices: one.devices.merging(other.devices) { $0.clampedSum($1) })
    }

    /// The larger of both in each memory.
    public func union(_ other: Footprint) -> Footprint {
        Footprint(host: max(host, other.host), devices: devices.merging(other.devices, uniquingKeysWith: max))
    }

    /// All bytes, wherever they are.
    public var total: Int { devices.values.reduce(host) { $0.clampedSum($1) } }

    /// How it is shown: `6.2 GiB`, or `1.0 GiB and 5.2 GiB on GPU 0`.
    public var shown: String {
        let gpus = devices.sorted { $0.key < $1.key }.map { "\($0.value.shownBytes) on GPU \($0.key)" }
        return ((host > 0 || gpus.isEmpty ? [host.shownBytes] : []) + gpus).joined(separator: " and ")
    }
}

extension Int {
    /// A number of bytes as people read it, in binary units.
    public var shownBytes: String {
        for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] where self >= 1 << shift {
            let tenths = (Double(self) / Double(1 << shift) * 10).rounded()
            let whole = Int(tenths)
            return whole % 10 == 0 || whole >= 1000 ? "\(whole / 10) \(unit)" : "\(whole / 10).\(whole % 10) \(unit)"
        }
        return "\(self) B"
    }

    fileprivate func clampedSum(_ other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
