internal import RoundhouseCore

/// The life of one launched model as a pure state machine: who gets a place, when its engine is started and stopped, and
/// what a failure means. It takes the time and returns actions; it starts nothing and waits for nothing.
struct WorkerState {
    typealias Instant = ContinuousClock.Instant

    enum Phase: Equatable {
        /// No process.
        case stopped
        /// No process yet, and wanted: there has to be room in memory for it first.
        case wanting(since: Instant)
        /// A process that is not ready yet.
        case loading(since: Instant)
        /// Ready.
        case ready(since: Instant)
        /// Told to end, and not gone yet.
        case stopping
        /// Ended by itself or never became ready; not started again before `until`.
        case failed(until: Instant)
        /// Not to be started yet: the worker that this one takes over from still answers.
        case held
        /// The gateway is stopping.
        case shutDown
    }

    enum Action: Equatable {
        /// Have room made for the engine; `admit` or `refuse` is the answer.
        case want
        /// Start the engine; everything about this run is said with this number.
        case start(generation: Int)
        /// End the run: ask, or kill what did not become ready in time.
        case stop(generation: Int, kill: Bool)
        /// A waiting request has its place.
        case grant(ticket: UInt64, generation: Int, queue: Duration, load: Duration)
        /// A waiting request gets none.
        case refuse(ticket: UInt64, Refusal)
    }

    enum Refusal: Error, Equatable {
        case queueFull(retryAfter: Int)
        case queueTimeout(retryAfter: Int)
        case failed(ExitCause, retryAfter: Int)
        /// There is no room for it in memory, and this is why.
        case noRoom(String)
        case shuttingDown
    }

    enum Answer: Equatable {
        case granted(generation: Int)
        case waiting
        case refused(Refusal)
    }

    var phase = Phase.stopped
    var generation = 0
    var active = 0
    var restarts = 0
    var lastFailure: ExitCause?
    var line = WaitingLine()
    var readySince: Instant?
    var idleSince: Instant?
    var consecutiveFailures = 0
    /// Since when it is known that there is no room for it yet; nil while nobody has said so.
    var roomlessSince: Instant?
    /// Why there was no room for it in memory when it was last wanted.
    var refusal: String?
    /// Whether others have waited so long for its memory that nobody new gets a place in it until it has been unloaded.
    var isYielding = false
    /// How long a request keeps its place, newer ones counting more; nil before the first.
    private(set) var serviceTime: Duration?
    /// How much it is used.
    private(set) var use = UseMeter()
    /// Why a run that never became ready is being killed; says more than the kill does.
    var killCause: ExitCause?

    var limits: ModelLimits
    var loadTimeout: Duration
    var keepAlive: Duration?
    /// What a request has said in the place of `keepAlive`, until the engine is ended.
    var wish: Residence?
    /// Whether the operator wants it unloaded, whatever the file says.
    var isDismissed = false
    var startsAgain: Bool
    private(set) var isAttached = false
    /// Nobody new comes: the engine is ended for good when the last request has left.
    var isDraining = false

    /// A run that was ready for so long ends a series of failures.
    static let steady = Duration.seconds(30)
    /// The first pause between two starts, and the longest. The first start after a failure is made at once.
    static let firstPause = 10
    static let longestPause = 300

    /// A model that is not loaded.
    /// - Parameters:
    ///   - keepAlive: idle time until the engine is ended; nil keeps it.
    ///   - startsAgain: whether a failed engine is started again without a request for it.
    init(limits: ModelLimits, loadTimeout: Duration, keepAlive: Duration?, startsAgain: Bool = false) {
        self.limits = limits
        self.startsAgain = startsAgain
        self.loadTimeout = loadTimeout
        self.keepAlive = keepAlive
    }

    /// A model that somebody else runs: always ready, so that only places and queue are left.
    init(attachedWith limits: ModelLimits, now: Instant) {
        self.init(limits: limits, loadTimeout: .zero, keepAlive: nil)
        isAttached = true
        phase = .ready(since: now)
    }

    /// Since when the engine loads; nil if it does not.
    var loadingSince: Instant? {
        if case .loading(let since) = phase { since } else { nil }
    }

    /// Requests that wait for a place.
    var waiting: Int { line.count }

    var hasPlace: Bool { !isYielding && limits.concurrent.map { active < $0 } ?? true }

    // Requests.

    /// A request wants a place.
    mutating func lease(_ ticket: UInt64, _ caller: LeaseCaller = LeaseCaller(), now: Instant) -> (Answer, [Action]) {
        switch phase {
        case .shutDown: return (.refused(.shuttingDown), [])
        case .ready where hasPlace && line.isEmpty:
            active += 1
            idleSince = nil
            use.note(now: now)
            return (.granted(generation: generation), [])
        case .failed(let until) where now < until:
            return (.refused(failure(now: now, until: until)), [])
        case .stopped, .failed, .wanting, .loading, .ready, .stopping, .held: break
        }
        let isFirst: Bool
        switch phase {
        case .stopped, .failed: isFirst = true
        default: isFirst = false
        }
        // Whoever causes the load may wait for it, also where nobody may wait for a place.
        guard isFirst || line.count < limits.queue else {
            return (.refused(.queueFull(retryAfter: retryAfter(behind: line.count))), [])
        }
        line.append(ticket, caller, now: now)
        use.note(now: now)
        return (.waiting, isFirst ? [want(now: now)] : [])
    }

    /// A waiting request is not interested any more.
    mutating func cancel(_ ticket: UInt64) {
        line.remove(ticket)
        forgetWant()
    }

    /// A request has left its place.
    /// - Parameter held: how long it had it.
    mutating func release(generation: Int, held: Duration = .zero, now: Instant) -> [Action] {
        guard generation == self.generation, active > 0 else { return [] }
        active -= 1
        serviceTime = serviceTime.map { $0 * 4 / 5 + held / 5 } ?? held
        guard case .ready = phase else { return [] }
        return grantPlaces(now: now)
    }

    /// A request says how long the engine is to stay after it.
    mutating func keep(_ wish: Residence, now: Instant) -> [Action] {
        self.wish = wish
        return tick(now: now)
    }

    /// How long the engine stays without requests; nil is for ever. What the file keeps for ever no request ends.
    var stay: Duration? {
        if isDismissed { return .zero }
        guard let keepAlive else { return nil }
        switch wish {
        case .idle(let duration): return duration
        case .forever: return nil
        case nil: return keepAlive
        }
    }

    /// How much longer the engine stays if no request comes; nil is for ever.
    func remaining(now: Instant) -> Duration? {
        stay.map { idleSince == nil ? $0 : max(.zero, $0 - (now - (idleSince ?? now))) }
    }

    /// Starts the engine without a request, to have it warm.
    mutating func warm(now: Instant) -> [Action] {
        guard case .stopped = phase else { return [] }
        return [want(now: now)]
    }

    /// The operator wants the engine ended when nobody is in it, also if the file keeps it for ever.
    mutating func dismiss(now: Instant) -> [Action] {
        isDismissed = true
        return tick(now: now)
    }
}
