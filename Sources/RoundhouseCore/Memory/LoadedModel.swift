/// A model that is wanted in memory.
public struct MemoryAsk: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// What it will take.
    public var size: Footprint
    /// Where that figure comes from: `declared`, `learned` or `estimated`.
    public var source: String
    /// Groups of which only one member may be loaded.
    public var groups: Set<String>

    /// Makes an ask.
    public init(name: String, size: Footprint, source: String = "declared", groups: Set<String> = []) {
        self.name = name
        self.size = size
        self.source = source
        self.groups = groups
    }
}

/// An engine that has a process, as the planner sees it.
public struct LoadedModel: Sendable, Equatable {
    /// What it is doing.
    public enum State: Sendable, Equatable {
        /// Not ready yet.
        case loading
        /// Working on requests.
        case busy
        /// Ready and without requests.
        case idle
        /// On its way out.
        case stopping
    }

    /// Its name.
    public var name: String
    /// What it takes.
    public var size: Footprint
    /// What it is doing.
    public var state: State
    /// Whether it is kept for ever.
    public var isPinned = false
    /// Those of lower priority go first.
    public var priority = Priority.normal
    /// Groups of which only one member may be loaded.
    public var groups: Set<String> = []
    /// How long its load takes.
    public var loadTime = Duration.seconds(1)
    /// When it became ready.
    public var readySince: ContinuousClock.Instant
    /// Requests, of which those of half an hour ago count half, those of an hour ago a quarter, and so on.
    public var use = 0.0

    /// Makes one; the parts with a default are set afterwards.
    public init(name: String, size: Footprint, state: State, readySince: ContinuousClock.Instant) {
        self.name = name
        self.size = size
        self.state = state
        self.readySince = readySince
    }

    private static let longestStay = Duration.seconds(30)

    /// Until when it is not sent away after its load.
    public var staysUntil: ContinuousClock.Instant { readySince + min(loadTime, Self.longestStay) }

    var isIdle: Bool { state == .idle && !isPinned }

    func mayLeave(now: ContinuousClock.Instant) -> Bool { isIdle && now >= staysUntil }

    func conflicts(with ask: MemoryAsk) -> Bool { !groups.isDisjoint(with: ask.groups) }

    /// Whether it goes before another: who is idle before who is not, and then whose loss costs less. The names decide where nothing
    /// else does, so that the same question has one answer.
    func goes(before other: LoadedModel) -> Bool {
        if isIdle != other.isIdle { return isIdle }
        if priority != other.priority { return priority < other.priority }
        let (mine, its) = (cost, other.cost)
        return mine == its ? name < other.name : mine < its
    }

    /// Expected seconds of loading for each byte that it holds.
    private var cost: Double { loadTime.inSeconds * max(use, 0.001) / Double(max(size.total, 1)) }

    /// Why it cannot be sent away.
    func obstacle(now: ContinuousClock.Instant) -> String {
        switch state {
        case .loading: "loading"
        case .busy: "busy"
        case .stopping: "stopping"
        case .idle where isPinned: "pinned"
        case .idle: "just loaded"
        }
    }

    var described: String { "\(name) with \(size.shown)" }
}

extension Duration {
    /// The same as a number.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
