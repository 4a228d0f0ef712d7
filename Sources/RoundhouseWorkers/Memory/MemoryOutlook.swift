public import RoundhouseCore

/// What the launched models of a configuration take on this machine, as far as it is known without loading them.
public struct MemoryOutlook: Sendable {
    /// What all of them together may take.
    public var budget: MemoryBudget
    /// All launched models.
    public var models: [(model: Model, size: Footprint, source: ModelSizer.Source)]

    /// Looks at the machine, at what was learnt before, and at the weights; may wait for a disk.
    /// - Parameter sizes: file of what was learnt, as `WorkerSettings.sizesFile`.
    public init(_ configuration: Configuration, sizes: String) async {
        let gpus = GPUWatch(path: WorkerSettings.usualToolPath)
        await gpus.look()
        let residency = Residency(settings: configuration.memory, book: SizeBook(path: sizes), gpus: gpus)
        budget = residency.budget
        let sizer = residency.sizer
        models = configuration.models.filter(\.isLaunched).map { model in
            let (size, source) = sizer.size(of: model)
            return (model, size, source)
        }
    }
}
