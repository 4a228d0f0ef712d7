internal import RoundhouseCore

/// Time, reloads and the end.
extension WorkerState {
    /// Time has passed.
    mutating func tick(now: Instant) -> [Action] {
        if isDraining, !isAttached, active == 0, line.isEmpty {
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
            return [want(now: now)]
        case .wanting:
            guard let roomlessSince else { return [] }
            let actions = dropOverdue(since: roomlessSince, now: now)
            forgetWant()
            return actions
        case .ready(let since):
            var actions = dropOverdue(since: since, now: now)
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

    mutating func giveUp(_ cause: ExitCause, now: Instant) -> [Action] {
        lastFailure = cause
        killCause = cause
        phase = .stopping
        let pause = Self.pause(afterFailures: consecutiveFailures + 1)
        let refusal = failure(now: now, until: now + .seconds(pause))
        let refusals = line.removeAll().map { Action.refuse(ticket: $0.ticket, refusal) }
        return refusals + [.stop(generation: generation, kill: true)]
    }

    /// The queue's timeout counts from when the model was there to wait for, or from when it was known that it has to wait itself.
    mutating func dropOverdue(since begin: Instant, now: Instant) -> [Action] {
        let timeout = limits.queueTimeout
        let overdue = line.removeAll { entry in now - max(entry.since, begin) >= timeout }
        let retry = retryAfter(behind: line.count)
        return overdue.map { .refuse(ticket: $0.ticket, .queueTimeout(retryAfter: retry)) }
    }

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
        forgetWant()
        return tick(now: now)
    }

    /// Whether everything is over after `drain`.
    var isDrained: Bool {
        switch phase {
        case .stopped, .failed, .shutDown: isDraining && line.isEmpty
        // A held one is waited for too: the worker before it is still there.
        case .wanting, .loading, .stopping, .held: false
        case .ready: isDraining && isAttached && active == 0 && line.isEmpty
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
        return line.isEmpty && !warm ? [] : [want(now: now)]
    }

    /// The gateway is stopping: nobody gets a place any more.
    mutating func shutDown() -> [Action] {
        let wasRunning =
            switch phase {
            case .loading, .ready, .stopping: true
            case .stopped, .failed, .held, .wanting, .shutDown: false
            }
        phase = .shutDown
        let refusals = line.removeAll().map { Action.refuse(ticket: $0.ticket, .shuttingDown) }
        return refusals + (wasRunning ? [.stop(generation: generation, kill: false)] : [])
    }
}
