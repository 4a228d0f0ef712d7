internal import RoundhouseCore

/// What a worker knows of its engine's memory.
struct WorkerMemory {
    /// What its next run will take, and how that is known; nil until it has been looked up.
    var size: (footprint: Footprint, source: ModelSizer.Source)?
    /// How long its load usually takes.
    var loadTime = Duration.seconds(1)
    /// Under what its run is known in the book of sizes.
    var key = ""
    /// What its run has now.
    var usage: ProcessMemory.Usage?
    /// The most that its run has had.
    var peak = Footprint.none
    /// How often the context was halved because memory ran out.
    var halvings = 0
    /// The control group that its run is in, if it has one of its own.
    var group: ControlGroups.Part?
    /// The last decision about it, in one sentence.
    var note: String?

    /// The figure for `ps` and the metrics.
    var bytes: Int? { usage.map { $0.own + $0.mapped } }
}

extension Model {
    /// Tokens below which no context is halved.
    private static let leastContext = 512

    /// The model with its context halved so often.
    func halved(_ times: Int) -> Model {
        guard times > 0, case .launched(var settings) = placement else { return self }
        settings.contextSize >>= times
        settings.isContextSizeGiven = true
        var model = self
        model.placement = .launched(settings)
        return model
    }

    /// Whether its context can be halved once more.
    func canHalve(after times: Int) -> Bool {
        guard memory.halvesContext, case .launched(let settings) = placement else { return false }
        return settings.contextSize >> (times + 1) >= Self.leastContext
    }
}
