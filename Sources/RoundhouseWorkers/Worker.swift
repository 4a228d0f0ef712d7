internal import Logging
internal import RoundhouseClient
internal import RoundhouseCore
internal import Synchronization

/// One model whose places are counted: its state machine and, if it is a launched one, the process that the machine's
/// actions are done to.
final class Worker: Sendable {
    typealias Resume = @Sendable (Result<WorkerLease, LeaseError>) -> Void

    struct Guarded {
        var model: Model
        var state: WorkerState
        var memory = WorkerMemory()
        var resumes: [UInt64: Resume] = [:]
        var nextTicket: UInt64 = 0
        var process: EngineProcess?
        var address: UpstreamAddress?
        var since: ContinuousClock.Instant?
        /// Causes of the last runs that ended, and who waits to hear of one that has not.
        var causes: [Int: ExitCause] = [:]
        var causeWaiters: [CauseWaiter] = []
        var hasSettled = false
        /// The run of which it is being looked whether it still answers.
        var suspect: Int?
        /// Processes that the kernel had killed for want of memory when the engine was last seen alive.
        var kernelKills: Int?
        var onDrained: (@Sendable () -> Void)?
    }

    struct CauseWaiter {
        var number: UInt64
        var generation: Int
        var resume: @Sendable (ExitCause?) -> Void
    }

    let name: String
    let socketName: String
    let settings: WorkerSettings
    let logger: Logger
    let guarded: Mutex<Guarded>
    let log: LogRing
    let residency: Residency

    /// - Parameter number: tells this worker's sockets from those of all others.
    init(model: Model, number: Int, settings: WorkerSettings, residency: Residency, logger: Logger) {
        name = model.name
        self.residency = residency
        socketName = "\(number)-\(model.name.fileName.prefix(20))"
        self.settings = settings
        var logger = logger
        logger[metadataKey: "model"] = .string(model.name)
        self.logger = logger
        let isLaunched = if case .launched = model.placement { true } else { false }
        let folder = isLaunched ? settings.logDirectory : nil
        log = LogRing(path: folder.map { $0 + "/" + model.name.fileName + ".log" })
        let state =
            if case .launched = model.placement {
                WorkerState(
                    limits: model.limits, loadTimeout: model.timeouts.load, keepAlive: model.keepAlive,
                    startsAgain: model.warmUp)
            } else {
                WorkerState(attachedWith: model.limits, now: .now)
            }
        guarded = Mutex(Guarded(model: model, state: state))
    }

    /// What the file says about it now.
    var model: Model { guarded.withLock { $0.model } }

    // Requests. Called from event loops: nothing here blocks.

    func lease(_ caller: LeaseCaller, resume: @escaping Resume) -> LeaseAnswer {
        let now = ContinuousClock.now
        let (answer, actions, number, address) = guarded.withLock { guarded in
            guarded.nextTicket += 1
            let number = guarded.nextTicket
            let (answer, actions) = guarded.state.lease(number, caller, now: now)
            if answer == .waiting { guarded.resumes[number] = resume }
            return (answer, actions, number, guarded.address)
        }
        perform(actions)
        switch answer {
        case .granted(let generation):
            return .ready(makeLease(generation, address: address, queue: .zero, load: .zero))
        case .waiting: return .waiting(LeaseTicket(worker: self, number: number))
        case .refused(let refusal): return .refused(error(refusal))
        }
    }

    func cancel(_ ticket: LeaseTicket) {
        guarded.withLock { guarded in
            guarded.state.cancel(ticket.number)
            guarded.resumes[ticket.number] = nil
        }
        residency.changed()
    }

    func release(_ lease: WorkerLease) {
        let now = ContinuousClock.now
        let (actions, isIdle) = guarded.withLock { guarded in
            let actions = guarded.state.release(generation: lease.generation, held: now - lease.since, now: now)
            return (actions, guarded.state.active == 0)
        }
        perform(actions)
        if isIdle { residency.changed() }
    }

    /// Says why a run ended: at once if it has, else when it does, and nil if it still lives after `limit`.
    func exitCause(of lease: WorkerLease, within limit: Duration, resume: @escaping @Sendable (ExitCause?) -> Void) {
        let (known, number) = guarded.withLock { guarded -> (ExitCause?, UInt64) in
            if let cause = guarded.causes[lease.generation] { return (cause, 0) }
            guarded.nextTicket += 1
            let number = guarded.nextTicket
            guarded.causeWaiters.append(CauseWaiter(number: number, generation: lease.generation, resume: resume))
            return (nil, number)
        }
        if let known {
            resume(known)
            return
        }
        Task {
            try await Task.sleep(for: limit)
            let overdue = guarded.withLock { guarded -> CauseWaiter? in
                guard let index = guarded.causeWaiters.firstIndex(where: { $0.number == number }) else { return nil }
                return guarded.causeWaiters.remove(at: index)
            }
            overdue?.resume(nil)
        }
    }

    func keep(_ wish: Residence) {
        perform(guarded.withLock { $0.state.keep(wish, now: .now) })
    }

    /// Does what the state machine asks for.
    func perform(_ actions: [WorkerState.Action]) {
        for action in actions {
            switch action {
            case .want: residency.wanted(self)
            case .start(let generation): start(generation)
            case .stop(let generation, let kill): stop(generation, kill: kill)
            case .grant(let ticket, let generation, let queue, let load):
                let address = guarded.withLock { $0.address }
                resume(ticket, .success(makeLease(generation, address: address, queue: queue, load: load)))
            case .refuse(let ticket, let refusal): resume(ticket, .failure(error(refusal)))
            }
        }
        noteDrained()
    }

    func resume(_ ticket: UInt64, _ result: Result<WorkerLease, LeaseError>) {
        guard let resume = guarded.withLock({ $0.resumes.removeValue(forKey: ticket) }) else {
            // Cancelled in between: the place goes to the next one.
            if case .success(let lease) = result { release(lease) }
            return
        }
        resume(result)
    }

    /// - Parameter address: nil for an attached model, whose endpoints the caller knows.
    func makeLease(
        _ generation: Int, address: UpstreamAddress?, queue: Duration, load: Duration
    ) -> WorkerLease {
        WorkerLease(
            model: name, endpoint: Endpoint(address: address ?? .unix(path: ""), hostHeader: "localhost"),
            engineKey: nil, queueMicroseconds: queue.microseconds, loadMicroseconds: load.microseconds,
            since: .now, generation: generation, worker: self)
    }

    func error(_ refusal: WorkerState.Refusal) -> LeaseError {
        switch refusal {
        case .queueFull(let retryAfter): return .queueFull(retryAfter: retryAfter)
        case .queueTimeout(let retryAfter): return .queueTimeout(because: note, retryAfter: retryAfter)
        case .noRoom(let reason): return .noRoom(reason)
        case .failed(var cause, let retryAfter):
            // A start that took too long has no words of its own; the engine's last ones may say why.
            if cause.output.isEmpty { cause.output = log.last(20) }
            return .failed(cause, retryAfter: retryAfter)
        case .shuttingDown: return .shuttingDown
        }
    }
}

extension Duration {
    /// Whole microseconds.
    var microseconds: Int { Int(components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000) }
}

extension String {
    /// A name as part of a file's name: everything but letters, digits, dashes, underscores and dots replaced.
    var fileName: String {
        String(
            decoding: utf8.map { byte -> UInt8 in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    byte
                default: UInt8(ascii: "_")
                }
            }, as: UTF8.self)
    }
}
