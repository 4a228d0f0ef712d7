internal import RoundhouseCore

/// What becomes of the engine.
extension WorkerState {
    /// The run has become ready.
    mutating func becameReady(generation: Int, now: Instant) -> [Action] {
        guard generation == self.generation, case .loading = phase else { return [] }
        phase = .ready(since: now)
        readySince = now
        return grantPlaces(now: now)
    }

    /// The run is over: the engine and everything that it started are gone.
    /// - Parameter isMended: whether the next run is started with something that should keep it from ending like this one, so that it
    ///   is not a failure to wait after.
    mutating func exited(generation: Int, _ cause: ExitCause, isMended: Bool = false, now: Instant) -> [Action] {
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
                return fail(cause, wasReady: wasReady != nil, isMended: isMended, now: now)
            }
            phase = .stopped
            return line.isEmpty ? [] : [want(now: now)]
        case .loading, .ready: return fail(cause, wasReady: wasReady != nil, isMended: isMended, now: now)
        case .stopped, .failed, .held, .wanting, .shutDown: return []
        }
    }

    private mutating func fail(_ cause: ExitCause, wasReady: Bool, isMended: Bool, now: Instant) -> [Action] {
        if !isMended { consecutiveFailures += 1 }
        lastFailure = cause
        let until = isMended ? now : now + .seconds(Self.pause(afterFailures: consecutiveFailures))
        phase = .failed(until: until)
        // Who waited for a place in an engine that has just crashed for the first time gets the next run. Who waited for
        // a start that failed is told so: the next one will hardly differ.
        if wasReady || isMended, now >= until, !line.isEmpty { return [want(now: now)] }
        let refusal = failure(now: now, until: until)
        return line.removeAll().map { .refuse(ticket: $0.ticket, refusal) }
    }

    /// It must not go on as it is, and is ended at once; who waits for it waits on.
    mutating func condemn(generation: Int, _ cause: ExitCause) -> [Action] {
        guard generation == self.generation else { return [] }
        switch phase {
        case .loading, .ready:
            killCause = cause
            phase = .stopping
            return [.stop(generation: generation, kill: true)]
        case .stopped, .wanting, .stopping, .failed, .held, .shutDown: return []
        }
    }

    /// Seconds: none after the first failure, then 10, 20, 40 ... up to 300.
    static func pause(afterFailures failures: Int) -> Int {
        guard failures > 1 else { return 0 }
        return min(longestPause, firstPause << min(failures - 2, 8))
    }

    func failure(now: Instant, until: Instant) -> Refusal {
        let left = (until - now).components
        let seconds = Int(left.seconds) + (left.attoseconds > 0 ? 1 : 0)
        return .failed(lastFailure ?? ExitCause("ended"), retryAfter: max(1, seconds))
    }

    mutating func want(now: Instant) -> Action {
        phase = .wanting(since: now)
        roomlessSince = nil
        return .want
    }

    /// There is no room for the engine yet: from now on the queue's timeout counts.
    mutating func mustWait(now: Instant) {
        if case .wanting = phase { roomlessSince = roomlessSince ?? now }
    }

    /// There is room for the engine now.
    mutating func admit(now: Instant) -> [Action] {
        guard case .wanting = phase else { return [] }
        wish = nil
        (isDismissed, isYielding, refusal) = (false, false, nil)
        if consecutiveFailures > 0 { restarts += 1 }
        generation += 1
        active = 0
        phase = .loading(since: now)
        return [.start(generation: generation)]
    }

    /// There will be no room for it. Nothing has failed: the next request asks again.
    mutating func refuse(_ reason: String) -> [Action] {
        guard case .wanting = phase else { return [] }
        phase = .stopped
        refusal = reason
        return line.removeAll().map { .refuse(ticket: $0.ticket, .noRoom(reason)) }
    }

    /// Others need the memory. Done only if nobody is in it: whoever came since that was decided is served.
    mutating func evict(now: Instant) -> [Action] {
        guard case .ready = phase, active == 0, line.isEmpty || isYielding, !isAttached else { return [] }
        phase = .stopping
        idleSince = nil
        return [.stop(generation: generation, kill: false)]
    }

    /// Whether others have waited for too long; who waits here gets a place again when they have not.
    mutating func yield(_ isYielding: Bool, now: Instant) -> [Action] {
        guard case .ready = phase, self.isYielding != isYielding else { return [] }
        self.isYielding = isYielding
        return grantPlaces(now: now)
    }

    /// Nobody waits any more for what is not there yet, and it is not one that is to be there without a request.
    mutating func forgetWant() {
        if case .wanting = phase, line.isEmpty, !startsAgain { phase = .stopped }
    }

    mutating func grantPlaces(now: Instant) -> [Action] {
        var actions: [Action] = []
        while hasPlace, let waiter = line.next(now: now) {
            active += 1
            let load = readySince.map { max(.zero, $0 - waiter.since) } ?? .zero
            actions.append(
                .grant(
                    ticket: waiter.ticket, generation: generation, queue: now - waiter.since - load, load: load))
        }
        idleSince = active == 0 ? (idleSince ?? now) : nil
        return actions
    }
}
