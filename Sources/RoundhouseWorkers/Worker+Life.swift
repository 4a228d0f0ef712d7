internal import RoundhouseCore
internal import Synchronization

/// Its life: warm, reloaded, drained, over.
extension Worker {
    /// Starts the engine if it does not run.
    func warm() {
        perform(guarded.withLock { $0.state.warm(now: .now) })
    }

    /// Ends the engine as soon as nobody is in it.
    func dismiss() {
        perform(guarded.withLock { $0.state.dismiss(now: .now) })
    }

    /// Whether the first start has come to an end, good or bad.
    var hasSettled: Bool { guarded.withLock { $0.hasSettled } }

    /// Why the engine is not running although it should be.
    var failure: ExitCause? {
        guarded.withLock { guarded in
            if case .failed = guarded.state.phase { return guarded.state.lastFailure }
            return guarded.state.refusal.map { ExitCause($0) }
        }
    }

    func tick() {
        perform(guarded.withLock { $0.state.tick(now: .now) })
    }

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

    func noteDrained() {
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
            let process = guarded.withLock { guarded -> EngineProcess? in
                // A run that has not come to a process by now never will, however long its disk lets it wait: see `launch`.
                guard let process = guarded.process, guarded.causes[generation] == nil else { return nil }
                let waiter = CauseWaiter(number: 0, generation: generation) { _ in continuation.resume() }
                guarded.causeWaiters.append(waiter)
                return process
            }
            if let process { end(process, grace: grace) } else { continuation.resume() }
        }
    }

    func end(_ process: EngineProcess, grace: Duration) {
        process.terminate()
        Task {
            try await Task.sleep(for: grace)
            process.kill()
        }
    }
}
