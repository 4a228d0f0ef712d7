internal import Logging
internal import RoundhouseClient
internal import RoundhouseCore
internal import Synchronization

/// One model whose places are counted: its state machine and, if it is a launched one, the process that the machine's
/// actions are done to.
final class Worker: Sendable {
    typealias Resume = @Sendable (Result<WorkerLease, LeaseError>) -> Void

    private struct Guarded {
        var model: Model
        var state: WorkerState
        var resumes: [UInt64: Resume] = [:]
        var nextTicket: UInt64 = 0
        var process: EngineProcess?
        var address: UpstreamAddress?
        var since: ContinuousClock.Instant?
        /// Causes of the last runs that ended, and who waits to hear of one that has not.
        var causes: [Int: ExitCause] = [:]
        var causeWaiters: [CauseWaiter] = []
        var hasSettled = false
        var onDrained: (@Sendable () -> Void)?
    }

    private struct CauseWaiter {
        var number: UInt64
        var generation: Int
        var resume: @Sendable (ExitCause?) -> Void
    }

    private let name: String
    private let socketName: String
    private let settings: WorkerSettings
    private let logger: Logger
    private let guarded: Mutex<Guarded>
    private let log: LogRing

    /// - Parameter number: tells this worker's sockets from those of all others.
    init(model: Model, number: Int, settings: WorkerSettings, logger: Logger) {
        name = model.name
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

    func lease(resume: @escaping Resume) -> LeaseAnswer {
        let now = ContinuousClock.now
        let (answer, actions, number, address) = guarded.withLock { guarded in
            guarded.nextTicket += 1
            let number = guarded.nextTicket
            let (answer, actions) = guarded.state.lease(number, now: now)
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
    }

    func release(_ lease: WorkerLease) {
        perform(guarded.withLock { $0.state.release(generation: lease.generation, now: .now) })
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

    // Life.

    /// Starts the engine if it does not run.
    func warm() {
        perform(guarded.withLock { $0.state.warm(now: .now) })
    }

    /// Whether the first start has come to an end, good or bad.
    var hasSettled: Bool { guarded.withLock { $0.hasSettled } }

    /// Why the engine is not running although it should be.
    var failure: ExitCause? {
        guarded.withLock { guarded in
            if case .failed = guarded.state.phase { return guarded.state.lastFailure }
            return nil
        }
    }

    func tick() {
        perform(guarded.withLock { $0.state.tick(now: .now) })
    }

    // Reload.

    /// Takes up what a file says now about things that the process was not started with.
    func update(_ model: Model) {
        guarded.withLock { guarded in
            guarded.model = model
            guarded.state.update(
                limits: model.limits, loadTimeout: model.timeouts.load, keepAlive: model.keepAlive,
                startsAgain: model.warmUp)
        }
    }

    /// Serves who is here, ends the engine, and returns when it is gone.
    func drain() async {
        perform(guarded.withLock { $0.state.drain(now: .now) })
        await withCheckedContinuation { continuation in
            let isDrained = guarded.withLock { guarded -> Bool in
                if guarded.state.isDrained { return true }
                guarded.onDrained = { continuation.resume() }
                return false
            }
            if isDrained { continuation.resume() }
        }
    }

    /// Keeps the engine from being started until `resume`.
    func hold() { guarded.withLock { $0.state.hold() } }

    /// The worker before this one is gone.
    func resume() { perform(guarded.withLock { $0.state.resume(warm: $0.model.isWarm, now: .now) }) }

    private func noteDrained() {
        let done = guarded.withLock { guarded -> (@Sendable () -> Void)? in
            guarded.state.isDrained ? guarded.onDrained.take() : nil
        }
        done?()
    }

    /// Refuses everybody, ends the process, and returns when it is gone.
    func shutDown(grace: Duration) async {
        let (actions, generation) = guarded.withLock { guarded in (guarded.state.shutDown(), guarded.state.generation) }
        for case .refuse(let ticket, let refusal) in actions { resume(ticket, .failure(error(refusal))) }
        noteDrained()
        await withCheckedContinuation { continuation in
            let (process, isGone) = guarded.withLock { guarded -> (EngineProcess?, Bool) in
                // A run that was asked for has an exit, also if it never came to a process: see `start`.
                if generation == 0 || guarded.causes[generation] != nil { return (nil, true) }
                let waiter = CauseWaiter(number: 0, generation: generation) { _ in continuation.resume() }
                guarded.causeWaiters.append(waiter)
                return (guarded.process, false)
            }
            if isGone { continuation.resume() }
            if let process { end(process, grace: grace) }
        }
    }

    private func end(_ process: EngineProcess, grace: Duration) {
        process.terminate()
        Task {
            try await Task.sleep(for: grace)
            process.kill()
        }
    }

    // What the state machine asks for.

    private func perform(_ actions: [WorkerState.Action]) {
        for action in actions {
            switch action {
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

    private func resume(_ ticket: UInt64, _ result: Result<WorkerLease, LeaseError>) {
        guard let resume = guarded.withLock({ $0.resumes.removeValue(forKey: ticket) }) else {
            // Cancelled in between: the place goes to the next one.
            if case .success(let lease) = result { release(lease) }
            return
        }
        resume(result)
    }

    private func start(_ generation: Int) {
        let socket = "\(settings.runtimeDirectory)/\(socketName)-\(generation).sock"
        let (command, address): (EngineCommand, UpstreamAddress)
        log.beginRun()
        do {
            let model = self.model
            address = try EnginePlace.make(for: model, socket: socket)
            command = try settings.commands.command(for: model, address: address)
        } catch {
            let text = (error as? EngineMissing)?.message ?? "\(error)"
            exited(generation, ExitCause("could not be started: \(text)"))
            return
        }
        logger.info("starting engine", metadata: ["command": .string(command.program)])
        let isStarted = guarded.withLock { guarded -> Bool in
            guard case .loading = guarded.state.phase, guarded.state.generation == generation else { return false }
            guarded.address = address
            guarded.since = .now
            guarded.process = EngineProcess.start(command, launcher: settings.launcher, log: log) { cause in
                self.exited(generation, cause)
            }
            return true
        }
        guard isStarted else {
            exited(generation, ExitCause("was not started, because the gateway is stopping"))
            return
        }
        Task { await watchStart(generation, address: address) }
    }

    private func watchStart(_ generation: Int, address: UpstreamAddress) async {
        let isLoading: @Sendable () -> Bool = { [guarded = self] in guarded.isLoading(generation) }
        let probe = ReadinessProbe(model: model, address: address, interval: settings.probeInterval)
        do {
            guard try await probe.waitUntilReady(while: isLoading) else { return }
        } catch {
            let cause = ExitCause("failed its warm-up request with \(error)", output: log.last(20))
            perform(guarded.withLock { $0.state.failedWarmUp(generation: generation, cause, now: .now) })
            return
        }
        let actions = guarded.withLock { guarded in
            guarded.since = .now
            guarded.hasSettled = true
            return guarded.state.becameReady(generation: generation, now: .now)
        }
        logger.info("engine is ready")
        perform(actions)
    }

    private func isLoading(_ generation: Int) -> Bool {
        guarded.withLock { guarded in
            if case .loading = guarded.state.phase { return guarded.state.generation == generation }
            return false
        }
    }

    private func stop(_ generation: Int, kill: Bool) {
        guard let process = guarded.withLock({ $0.state.generation == generation ? $0.process : nil }) else { return }
        if kill { process.kill() } else { end(process, grace: settings.stopGrace) }
    }

    private func exited(_ generation: Int, _ cause: ExitCause) {
        let (actions, waiters, failure) = guarded.withLock { guarded in
            let cause = guarded.state.killCause ?? cause
            let isStop = guarded.state.phase == .stopping || guarded.state.phase == .shutDown
            let wasWanted = isStop && guarded.state.killCause == nil
            guarded.process = nil
            guarded.since = .now
            guarded.hasSettled = true
            guarded.causes[generation] = cause
            guarded.causes[generation - 8] = nil
            let waiters = guarded.causeWaiters.filter { $0.generation == generation }
            guarded.causeWaiters.removeAll { $0.generation == generation }
            return (guarded.state.exited(generation: generation, cause, now: .now), waiters, wasWanted ? nil : cause)
        }
        if let failure {
            logger.warning("engine ended", metadata: ["cause": .string(failure.explanation(withOutput: true))])
        } else {
            logger.info("engine has stopped")
        }
        for waiter in waiters { waiter.resume(failure ?? cause) }
        perform(actions)
    }

    /// - Parameter address: nil for an attached model, whose endpoints the caller knows.
    private func makeLease(
        _ generation: Int, address: UpstreamAddress?, queue: Duration, load: Duration
    ) -> WorkerLease {
        WorkerLease(
            model: name, endpoint: Endpoint(address: address ?? .unix(path: ""), hostHeader: "localhost"),
            engineKey: nil, queueMicroseconds: queue.microseconds, loadMicroseconds: load.microseconds,
            generation: generation, worker: self)
    }

    private func error(_ refusal: WorkerState.Refusal) -> LeaseError {
        switch refusal {
        case .queueFull: return .queueFull(retryAfter: 1)
        case .queueTimeout: return .queueTimeout(retryAfter: 1)
        case .failed(var cause, let retryAfter):
            // A start that took too long has no words of its own; the engine's last ones may say why.
            if cause.output.isEmpty { cause.output = log.last(20) }
            return .failed(cause, retryAfter: retryAfter)
        case .shuttingDown: return .shuttingDown
        }
    }

    var status: WorkerStatus {
        guarded.withLock { guarded in
            let state = guarded.state
            let model = guarded.model
            let name =
                switch state.phase {
                case .stopped, .held: model.unavailable == nil ? "stopped" : "unavailable"
                case .loading: "loading"
                case .ready where state.isDraining: "draining"
                case .ready: "ready"
                case .stopping, .shutDown: "stopping"
                case .failed: "failed"
                }
            return WorkerStatus(
                model: model.name, backend: model.profile.name, state: name, pid: guarded.process?.enginePid,
                address: guarded.process == nil ? nil : guarded.address?.shown, active: state.active,
                waiting: state.waiting,
                restarts: state.restarts,
                seconds: guarded.since.map { Int((ContinuousClock.now - $0).components.seconds) },
                problem: model.unavailable ?? state.lastFailure?.summary,
                unloadsIn: name == "ready" && model.isLaunched
                    ? state.remaining(now: .now).map { Int($0.components.seconds) } : nil)
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
