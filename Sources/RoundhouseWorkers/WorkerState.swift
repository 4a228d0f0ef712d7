internal import RoundhouseCore

/// The life of one launched model as a pure state machine: who gets a place, when its engine is started and stopped, and
/// what a failure means. It takes the time and returns actions; it starts nothing and waits for nothing.
struct WorkerState {
    typealias Instant = ContinuousClock.Instant

    enum Phase: Equatable {
        /// No process.
        case stopped
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
        case queueFull
        case queueTimeout
        case failed(ExitCause, retryAfter: Int)
        case shuttingDown
    }

    enum Answer: Equatable {
        case granted(generation: Int)
        case waiting
        case refused(Refusal)
    }

    private struct Waiter {
        var ticket: UInt64
        var since: Instant
    }

    private(set) var phase = Phase.stopped
    private(set) var generation = 0
    private(set) var active = 0
    private(set) var restarts = 0
    private(set) var lastFailure: ExitCause?
    private var waiters: [Waiter] = []
    private var readySince: Instant?
    private var idleSince: Instant?
    private var consecutiveFailures = 0
    /// Why a run that never became ready is being killed; says more than the kill does.
    private(set) var killCause: ExitCause?

    private var limits: ModelLimits
    private var loadTimeout: Duration
    private var keepAlive: Duration?
    /// What a request has said in the place of `keepAlive`, until the engine is ended.
    private var wish: Residence?
    private var startsAgain: Bool
    private var isAttached = false
    /// Nobody new comes: the engine is ended for good when the last request has left.
    private(set) var isDraining = false

    /// A run that was ready for so long ends a series of failures.
    private static let steady = Duration.seconds(30)
    /// The first pause between two starts, and the longest. The first start after a failure is made at once.
    private static let firstPause = 10
    private static let longestPause = 300

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

    /// Requests that wait for a place.
    var waiting: Int { waiters.count }

    private var hasPlace: Bool { limits.concurrent.map { active < $0 } ?? true }

    // Requests.

    /// A request wants a place.
    mutating func lease(_ ticket: UInt64, now: Instant) -> (Answer, [Action]) {
        switch phase {
        case .shutDown: return (.refused(.shuttingDown), [])
        case .ready where hasPlace && waiters.isEmpty:
            active += 1
            idleSince = nil
            return (.granted(generation: generation), [])
        case .failed(let until) where now < until:
            return (.refused(failure(now: now, until: until)), [])
        case .stopped, .failed, .loading, .ready, .stopping, .held: break
        }
        let isFirst: Bool
        switch phase {
        case .stopped, .failed: isFirst = true
        default: isFirst = false
        }
        // Whoever causes the load may wait for it, also where nobody may wait for a place.
        guard isFirst || waiters.count < limits.queue else { return (.refused(.queueFull), []) }
        waiters.append(Waiter(ticket: ticket, since: now))
        return (.waiting, isFirst ? [start(now: now)] : [])
    }

    /// A waiting request is not interested any more.
    mutating func cancel(_ ticket: UInt64) {
        waiters.removeAll { $0.ticket == ticket }
    }

    /// A request has left its place.
    mutating func release(generation: Int, now: Instant) -> [Action] {
        guard generation == self.generation, active > 0 else { return [] }
        active -= 1
        guard case .ready = phase else { return [] }
        return grantPlaces(now: now)
    }

    /// A request says how long the engine is to stay after it.
    mutating func keep(_ wish: Residence, now: Instant) -> [Action] {
        self.wish = wish
        return tick(now: now)
    }

    /// How long the engine stays without requests; nil is for ever. What the file keeps for ever no request ends.
    private var stay: Duration? {
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
        return [start(now: now)]
    }

    // The engine.

    /// The run has become ready.
    mutating func becameReady(generation: Int, now: Instant) -> [Action] {
        guard generation == self.generation, case .loading = phase else { return [] }
        phase = .ready(since: now)
        readySince = now
        return grantPlaces(now: now)
    }

    /// The run is over: the engine and everything that it started are gone.
    mutating func exited(generation: Int, _ cause: ExitCause, now: Instant) -> [Action] {
        guard generation == self.generation else { return [] }
        active = 0
        idleSince = nil
        let wasReady = readySince
        readySince = nil
        if let wasReady, now - wasReady >= Self.steady { consecutiveFailures = 0 }
        switch phase {
        case .stopping:
            if let cause = killCause {
                killCause = nil
                return fail(cause, now: now)
            }
            phase = .stopped
            return waiters.isEmpty ? [] : [start(now: now)]
        case .loading, .ready: return fail(cause, now: now)
        case .stopped, .failed, .held, .shutDown: return []
        }
    }

    private mutating func fail(_ cause: ExitCause, now: Instant) -> [Action] {
        let wasLoading = if case .loading = phase { true } else { phase == .stopping }
        consecutiveFailures += 1
        lastFailure = cause
        let until = now + .seconds(Self.pause(afterFailures: consecutiveFailures))
        phase = .failed(until: until)
        // Who waited for a place in an engine that has just crashed for the first time gets the next run. Who waited for
        // a start that failed is told so: the next one will hardly differ.
        if !wasLoading && now >= until && !waiters.isEmpty { return [start(now: now)] }
        let refusal = failure(now: now, until: until)
        defer { waiters = [] }
        return waiters.map { .refuse(ticket: $0.ticket, refusal) }
    }

    /// Seconds: none after the first failure, then 10, 20, 40 ... up to 300.
    static func pause(afterFailures failures: Int) -> Int {
        guard failures > 1 else { return 0 }
        return min(longestPause, firstPause << min(failures - 2, 8))
    }

    private func failure(now: Instant, until: Instant) -> Refusal {
        let left = (until - now).components
        let seconds = Int(left.seconds) + (left.attoseconds > 0 ? 1 : 0)
        return .failed(lastFailure ?? ExitCause("ended"), retryAfter: max(1, seconds))
    }

    private mutating func start(now: Instant) -> Action {
        wish = nil
        if consecutiveFailures > 0 { restarts += 1 }
        generation += 1
        active = 0
        phase = .loading(since: now)
        return .start(generation: generation)
    }

    private mutating func grantPlaces(now: Instant) -> [Action] {
        var actions: [Action] = []
        while hasPlace, !waiters.isEmpty {
            let waiter = waiters.removeFirst()
            active += 1
            let load = readySince.map { max(.zero, $0 - waiter.since) } ?? .zero
            actions.append(
                .grant(
                    ticket: waiter.ticket, generation: generation, queue: now - waiter.since - load, load: load))
        }
        idleSince = active == 0 ? (idleSince ?? now) : nil
        return actions
    }

    // Time.

    /// Time has passed.
    mutating func tick(now: Instant) -> [Action] {
        if isDraining, !isAttached, active == 0, waiters.isEmpty {
            switch phase {
            case .loading, .ready:
                phase = .stopping
                return [.stop(generation: generation, kill: false)]
            default: return []
            }
        }
        switch phase {
        case .loading(let since) where now - since >= loadTimeout:
            let limit = loadTimeout.components.seconds
            return giveUp(ExitCause("was not ready within \(limit) s (timeouts.load of the model)"), now: now)
        case .failed(let until) where startsAgain && now >= until:
            return [start(now: now)]
        case .ready(let since):
            var actions = dropOverdue(readySince: since, now: now)
            if let stay, let idleSince, now - idleSince >= stay {
                phase = .stopping
                self.idleSince = nil
                actions.append(.stop(generation: generation, kill: false))
            }
            return actions
        default: return []
        }
    }

    /// The engine says that it is ready, and fails at the simplest request.
    mutating func failedWarmUp(generation: Int, _ cause: ExitCause, now: Instant) -> [Action] {
        guard generation == self.generation, case .loading = phase else { return [] }
        return giveUp(cause, now: now)
    }

    private mutating func giveUp(_ cause: ExitCause, now: Instant) -> [Action] {
        lastFailure = cause
        killCause = cause
        phase = .stopping
        let pause = Self.pause(afterFailures: consecutiveFailures + 1)
        let refusal = failure(now: now, until: now + .seconds(pause))
        let refusals = waiters.map { Action.refuse(ticket: $0.ticket, refusal) }
        waiters = []
        return refusals + [.stop(generation: generation, kill: true)]
    }

    /// The queue's timeout counts from when the model was there to wait for.
    private mutating func dropOverdue(readySince: Instant, now: Instant) -> [Action] {
        let overdue = waiters.filter { now - max($0.since, readySince) >= limits.queueTimeout }
        guard !overdue.isEmpty else { return [] }
        waiters.removeAll { waiter in overdue.contains { $0.ticket == waiter.ticket } }
        return overdue.map { .refuse(ticket: $0.ticket, .queueTimeout) }
    }

    // Reload.

    /// The file says something else about places and times; what goes on goes on.
    mutating func update(limits: ModelLimits, loadTimeout: Duration, keepAlive: Duration?, startsAgain: Bool) {
        self.limits = limits
        self.loadTimeout = loadTimeout
        self.keepAlive = keepAlive
        self.startsAgain = startsAgain
    }

    /// Another worker takes over, or nobody does: who is here or waits is served, and then the engine is ended.
    mutating func drain(now: Instant) -> [Action] {
        isDraining = true
        startsAgain = false
        return tick(now: now)
    }

    /// Whether everything is over after `drain`.
    var isDrained: Bool {
        switch phase {
        case .stopped, .failed, .shutDown: isDraining && waiters.isEmpty
        // A held one is waited for too: the worker before it is still there.
        case .loading, .stopping, .held: false
        case .ready: isDraining && isAttached && active == 0 && waiters.isEmpty
        }
    }

    /// Keeps a new worker from starting until `resume`; who comes waits.
    mutating func hold() {
        if case .stopped = phase { phase = .held }
    }

    /// The worker before this one is gone.
    mutating func resume(warm: Bool, now: Instant) -> [Action] {
        guard case .held = phase else { return [] }
        phase = .stopped
        return waiters.isEmpty && !warm ? [] : [start(now: now)]
    }

    /// The gateway is stopping: nobody gets a place any more.
    mutating func shutDown() -> [Action] {
        let wasRunning =
            switch phase {
            case .loading, .ready, .stopping: true
            case .stopped, .failed, .held, .shutDown: false
            }
        phase = .shutDown
        let refusals = waiters.map { Action.refuse(ticket: $0.ticket, .shuttingDown) }
        waiters = []
        return refusals + (wasRunning ? [.stop(generation: generation, kill: false)] : [])
    }
}
