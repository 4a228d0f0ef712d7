public import RoundhouseCore

/// Says how much memory a model will take.
public struct ModelSizer: Sendable {
    /// How a figure came about.
    public enum Source: String, Sendable, Codable {
        /// The model's file says so.
        case declared
        /// It is what the model took before, with the same settings.
        case learned
        /// It follows from the weights and the settings.
        case estimated
        /// Nothing is known: it counts as nothing until it has been seen.
        case unknown
    }

    private let book: SizeBook
    private let devices: [String]

    /// A sizer.
    /// - Parameter devices: this machine's GPUs.
    public init(book: SizeBook, devices: [String] = []) {
        self.book = book
        self.devices = devices
    }

    /// What a launched model will take. Reads the heads of its weights unless it is declared or learnt.
    public func size(of model: Model) -> (size: Footprint, source: Source) {
        guard case .launched(let settings) = model.placement, let launch = model.profile.launch else {
            return (.none, .unknown)
        }
        let learned = book[SizeBook.key(model)]?.size
        if model.memory.host != nil || model.memory.gpu != nil { return (declared(model.memory), .declared) }
        if let learned, learned != .none { return (learned, .learned) }
        guard let facts = WeightsFile.facts(settings) else {
            return (Footprint(host: launch.ownMemory), launch.ownMemory > 0 ? .estimated : .unknown)
        }
        return (MemoryEstimate.footprint(of: facts, settings, own: launch.ownMemory, devices: devices), .estimated)
    }

    /// How long its load takes: as long as the last one, else as reading its size from a disk would, with a second for the program.
    func loadTime(of model: Model, _ size: Footprint) -> Duration {
        if let seconds = book[SizeBook.key(model)]?.loadSeconds { return .seconds(seconds) }
        return .seconds(1 + Double(size.total) / Double(1 << 30))
    }

    private func declared(_ needs: MemoryNeeds) -> Footprint {
        let gpu = needs.gpu ?? 0
        guard gpu > 0, !devices.isEmpty else { return Footprint(host: (needs.host ?? 0) + gpu) }
        let each = (gpu + devices.count - 1) / devices.count
        return Footprint(host: needs.host ?? 0, devices: Dictionary(uniqueKeysWithValues: devices.map { ($0, each) }))
    }
}
