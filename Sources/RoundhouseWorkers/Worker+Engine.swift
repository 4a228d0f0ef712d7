internal import Logging
internal import RoundhouseCore
internal import Synchronization

/// The engine's process: begin, readiness, end.
extension Worker {
    /// Begins a run. What has to be read for it may wait for a disk.
    func start(_ generation: Int) {
        log.beginRun()
        guarded.withLock { guarded in
            guarded.memory.usage = nil
            guarded.memory.peak = .none
            guarded.memory.group = nil
        }
        Disk.run { [self] in
            do {
                try launch(generation, startedModel)
            } catch {
                let text = (error as? EngineMissing)?.message ?? "\(error)"
                exited(generation, ExitCause("could not be started: \(text)"))
            }
        }
    }

    private func launch(_ generation: Int, _ model: Model) throws {
        if case .launched(let launch) = model.placement, let kind = model.profile.launch?.weights,
            let problem = WeightsFile.problem(launch, kind)
        {
            throw EngineMissing(problem)
        }
        let socket = "\(settings.runtimeDirectory)/\(socketName)-\(generation).sock"
        let address = try EnginePlace.make(for: model, socket: socket)
        var command = try settings.commands.command(for: model, address: address)
        command.environment[Leftovers.variable] = settings.runtimeDirectory
        let key = SizeBook.key(model)
        let group = group(for: model, generation)
        command.group = group?.folder
        logger.info("starting engine", metadata: ["command": .string(command.program)])
        let isStarted = guarded.withLock { guarded -> Bool in
            guard case .loading = guarded.state.phase, guarded.state.generation == generation else { return false }
            guarded.address = address
            guarded.since = .now
            guarded.memory.group = group
            guarded.memory.key = key
            guarded.kernelKills = OutOfMemory.kernelKills
            guarded.process = EngineProcess.start(command, launcher: settings.launcher, log: log) { cause in
                self.exited(generation, cause)
            }
            return true
        }
        guard isStarted else {
            group?.remove()
            exited(generation, ExitCause("was not started, because it is not wanted any more"))
            return
        }
        Task { await watchStart(generation, model, address: address) }
    }

    private func watchStart(_ generation: Int, _ model: Model, address: UpstreamAddress) async {
        let isLoading: @Sendable () -> Bool = { [guarded = self] in guarded.isLoading(generation) }
        let probe = ReadinessProbe(model: model, address: address, interval: settings.probeInterval)
        do {
            guard try await probe.waitUntilReady(while: isLoading) else { return }
        } catch {
            let cause = ExitCause("failed its warm-up request with \(error)", output: log.last(20))
            perform(guarded.withLock { $0.state.failedWarmUp(generation: generation, cause, now: .now) })
            return
        }
        let now = ContinuousClock.now
        let (actions, loadTime, key) = guarded.withLock { guarded in
            let loadTime = guarded.state.loadingSince.map { now - $0 }
            guarded.since = now
            guarded.hasSettled = true
            guarded.memory.loadTime = loadTime ?? guarded.memory.loadTime
            return (guarded.state.becameReady(generation: generation, now: now), loadTime, guarded.memory.key)
        }
        if let loadTime { residency.book.note(loadTime: loadTime, for: key) }
        logger.info("engine is ready")
        perform(actions)
    }

    private func isLoading(_ generation: Int) -> Bool {
        guarded.withLock { guarded in
            if case .loading = guarded.state.phase { return guarded.state.generation == generation }
            return false
        }
    }

    func stop(_ generation: Int, kill: Bool) {
        let (process, isCurrent) = guarded.withLock { ($0.process, $0.state.generation == generation) }
        guard isCurrent else { return }
        guard let process else {
            // It never came to a process: its disk does not answer.
            if kill { exited(generation, ExitCause("was not started")) }
            return
        }
        if kill { process.kill() } else { end(process, grace: settings.stopGrace) }
    }

    func exited(_ generation: Int, _ cause: ExitCause) {
        let (memory, kernelKills, isOver) = guarded.withLock {
            ($0.memory, $0.kernelKills, $0.causes[generation] != nil)
        }
        guard !isOver else { return }
        let limit = memory.group?.ranOut == true ? memory.group?.limit : nil
        memory.group?.remove()
        let (actions, waiters, failure, context) = guarded.withLock {
            guarded -> (
                [WorkerState.Action], [CauseWaiter], ExitCause?, Int?
            ) in
            let isStop = guarded.state.phase == .stopping || guarded.state.phase == .shutDown
            let wasWanted = isStop && guarded.state.killCause == nil
            let cause =
                guarded.state.killCause
                ?? (wasWanted
                    ? cause : explained(cause, memory.usage, kernelKills: kernelKills, limit: limit))
            let isMended = cause.isOutOfMemory && guarded.model.canHalve(after: guarded.memory.halvings)
            if isMended { guarded.memory.halvings += 1 }
            guarded.process = nil
            guarded.memory.usage = nil
            guarded.since = .now
            guarded.hasSettled = true
            guarded.causes[generation] = cause
            guarded.causes[generation - 8] = nil
            let waiters = guarded.causeWaiters.filter { $0.generation == generation }
            guarded.causeWaiters.removeAll { $0.generation == generation }
            let actions = guarded.state.exited(generation: generation, cause, isMended: isMended, now: .now)
            return (actions, waiters, wasWanted ? nil : cause, isMended ? guarded.halvedContext : nil)
        }
        if let failure {
            logger.warning("engine ended", metadata: ["cause": .string(failure.explanation(withOutput: true))])
        } else {
            logger.info("engine has stopped")
        }
        if let context {
            logger.warning(
                "the next start has a smaller context (on_oom)", metadata: ["tokens": .stringConvertible(context)])
        }
        for waiter in waiters { waiter.resume(failure ?? cause) }
        perform(actions)
        residency.changed()
    }
}

extension Worker.Guarded {
    /// Tokens of the context that the next run has, if it was made smaller.
    var halvedContext: Int? {
        guard memory.halvings > 0, case .launched(let settings) = model.halved(memory.halvings).placement else {
            return nil
        }
        return settings.contextSize
    }
}
