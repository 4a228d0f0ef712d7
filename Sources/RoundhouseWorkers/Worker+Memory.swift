internal import Logging
internal import RoundhouseCore
internal import Synchronization

/// Its memory: what it needs, what it has, and when that is too much.
extension Worker {
    /// Why it is in memory or not, in one sentence; nil if nothing was to be decided.
    var note: String? { guarded.withLock { $0.memory.note } }

    /// Whether its engine runs.
    var hasProcess: Bool { guarded.withLock { $0.process != nil } }

    /// Whether it waits for room.
    var isWanting: Bool {
        guarded.withLock { if case .wanting = $0.state.phase { true } else { false } }
    }

    /// What it wants, if it wants to be loaded and its size is known.
    func want(now: ContinuousClock.Instant) -> MemoryWant? {
        guarded.withLock { guarded in
            guard case .wanting(let since) = guarded.state.phase, let size = guarded.memory.size else { return nil }
            let ask = MemoryAsk(
                name: name, size: size.footprint, source: size.source.rawValue, groups: Set(guarded.model.memory.groups)
            )
            return MemoryWant(
                worker: self, ask: ask, since: guarded.state.line.oldest ?? since,
                priority: guarded.state.line.highestPriority ?? guarded.model.memory.priority)
        }
    }

    /// How the planner sees it; nil if it has no process.
    func loaded(now: ContinuousClock.Instant) -> LoadedModel? {
        guarded.withLock { guarded in
            let state = guarded.state
            let doing: LoadedModel.State
            switch state.phase {
            case .stopped, .failed, .held, .wanting: return nil
            case .loading: doing = .loading
            case .ready where state.isAttached: return nil
            case .ready:
                let isBusy = state.active > 0 || (state.waiting > 0 && !state.isYielding)
                doing = isBusy ? .busy : state.isDraining ? .stopping : .idle
            case .stopping, .shutDown: doing = .stopping
            }
            let known = guarded.memory.size?.footprint ?? .none
            // What it really has counts if that is more than was thought.
            var model = LoadedModel(
                name: name, size: known.union(guarded.memory.peak), state: doing, readySince: state.readySince ?? now)
            model.isPinned = guarded.model.keepAlive == nil && !state.isDismissed && !state.isDraining
            model.priority = guarded.model.memory.priority
            model.groups = Set(guarded.model.memory.groups)
            model.loadTime = guarded.memory.loadTime
            model.use = state.use.value(now: now)
            return model
        }
    }

    /// Looks up what it will take, which may wait for a disk, and says when that is known.
    func lookUpSize(_ sizer: ModelSizer, then done: @escaping @Sendable () -> Void) {
        let model = startedModel
        Disk.run { [self] in
            let size = sizer.size(of: model)
            let loadTime = sizer.loadTime(of: model, size.size)
            guarded.withLock {
                $0.memory.size = (size.size, size.source); $0.memory.loadTime = loadTime
            }
            done()
        }
    }

    /// The model as its engine is started: with what has become of its context.
    var startedModel: Model { guarded.withLock { $0.model.halved($0.memory.halvings) } }

    /// There is room for it.
    func admit() { perform(guarded.withLock { $0.state.admit(now: .now) }) }

    /// There never will be.
    func refuse(_ reason: String) {
        perform(
            guarded.withLock { guarded in
                guarded.hasSettled = true
                return guarded.state.refuse(reason)
            })
    }

    /// There is none yet.
    func mustWait() { guarded.withLock { $0.state.mustWait(now: .now) } }

    /// Others need its memory.
    func evict() { perform(guarded.withLock { $0.state.evict(now: .now) }) }

    /// Whether others have waited for its memory for too long.
    func yield(_ isYielding: Bool) { perform(guarded.withLock { $0.state.yield(isYielding, now: .now) }) }

    /// Remembers why, and logs it if it is something new.
    func note(_ reason: String) {
        let isNew = guarded.withLock { guarded in
            defer { guarded.memory.note = reason }
            return guarded.memory.note != reason
        }
        if isNew { logger.info("memory", metadata: ["decision": .string(reason)]) }
    }

    /// Looks at what the engine has, and ends it if that is more than it may have.
    func measure(_ gpus: GPUReadings?, kernelKills: Int?) {
        guard let process = guarded.withLock({ $0.process }), let launcher = process.pid else { return }
        let family = ProcessMemory.descendants(of: launcher)
        guard let usage = ProcessMemory.usage(of: family) else { return }
        let now = Footprint(host: usage.own + usage.mapped, devices: gpus?.usage(of: family) ?? [:])
        let (actions, key, peak) = guarded.withLock { guarded -> ([WorkerState.Action], String?, Footprint) in
            guard guarded.process === process else { return ([], nil, .none) }
            guarded.memory.usage = usage
            guarded.memory.peak = guarded.memory.peak.union(now)
            guarded.kernelKills = kernelKills
            let key = guarded.memory.key
            guard let limit = guarded.model.memory.limit, usage.own > limit else {
                return ([], key, guarded.memory.peak)
            }
            var cause = ExitCause(
                "ran out of memory: it took \(usage.own.shownBytes), and its memory_limit is \(limit.shownBytes)")
            cause.isOutOfMemory = true
            return (guarded.state.condemn(generation: guarded.state.generation, cause), key, guarded.memory.peak)
        }
        if let key { residency.book.note(peak, for: key) }
        perform(actions)
    }

    /// A control group for a run of a model with a limit, where there can be one.
    func group(for model: Model, _ generation: Int) -> ControlGroups.Part? {
        guard let limit = model.memory.limit, let groups = settings.groups, case .launched(let launch) = model.placement
        else { return nil }
        return groups.part(
            "\(socketName)-\(generation)", limit: limit, mapped: WeightsFile.facts(launch)?.bytes ?? 0)
    }

    /// A cause with what is known of memory: whether it ran out, and how much the engine had.
    /// - Parameters:
    ///   - kernelKills: of the machine, before it ended.
    ///   - limit: bytes at which the kernel killed it; nil if it did not.
    func explained(
        _ cause: ExitCause, _ usage: ProcessMemory.Usage?, kernelKills before: Int?, limit: Int?
    ) -> ExitCause {
        guard !cause.isOutOfMemory else { return cause }
        var cause = cause
        let had = usage.map { ", when it had \(($0.own + $0.mapped).shownBytes)" } ?? ""
        if let limit {
            cause.isOutOfMemory = true
            cause.summary = "ran out of memory: the kernel killed it at its memory_limit of \(limit.shownBytes)\(had)"
        } else if cause.isKill {
            guard let before, let after = OutOfMemory.kernelKills else { return cause }
            cause.isOutOfMemory = after > before
            cause.summary =
                cause.isOutOfMemory
                ? "ran out of memory: the kernel killed it\(had)"
                : "was killed by signal 9 (SIGKILL) from outside\(had)"
        } else if OutOfMemory.isNamed(in: cause.output) {
            cause.isOutOfMemory = true
            cause.summary = "ran out of memory\(had): it \(cause.summary)"
        }
        return cause
    }
}
