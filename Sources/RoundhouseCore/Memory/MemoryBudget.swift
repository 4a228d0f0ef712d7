/// What all engines together may take.
public struct MemoryBudget: Sendable, Equatable {
    /// Bytes of the machine's memory; nil is without end.
    public var host: Int?
    /// Bytes of each GPU's memory; one that is not listed has no limit.
    public var devices: [String: Int]
    /// Engines that may be loaded at the same time; nil is any number.
    public var maxLoaded: Int?

    /// Makes a budget.
    public init(host: Int? = nil, devices: [String: Int] = [:], maxLoaded: Int? = nil) {
        self.host = host
        self.devices = devices
        self.maxLoaded = maxLoaded
    }

    /// Whether it holds so much, in so many engines.
    func holds(_ footprint: Footprint, engines: Int) -> Bool {
        engines <= maxLoaded ?? .max && footprint.host <= host ?? .max
            && footprint.devices.allSatisfy { $0.value <= devices[$0.key] ?? .max }
    }

    /// How it is shown: `19.2 GiB`.
    public var shown: String {
        var parts = [host.map(\.shownBytes) ?? "all memory"]
        parts += devices.sorted { $0.key < $1.key }.map { "\($0.value.shownBytes) on GPU \($0.key)" }
        if let maxLoaded { parts.append("\(maxLoaded) \(maxLoaded == 1 ? "model" : "models") at a time") }
        return parts.joined(separator: ", ")
    }
}
