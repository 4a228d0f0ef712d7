internal import RoundhouseCore
internal import Synchronization

/// Whether it still answers.
extension Worker {
    /// Looks whether a run that has let a request wait in vain answers a probe, and ends it if not: a process that hangs would
    /// let all others wait in vain too. It is not looked for without such a request, because an engine may be busy for long.
    func suspect(_ generation: Int) {
        let probe = guarded.withLock { guarded -> ReadinessProbe? in
            guard guarded.suspect != generation, guarded.state.generation == generation, guarded.model.isLaunched,
                case .ready = guarded.state.phase, let address = guarded.address
            else { return nil }
            guarded.suspect = generation
            return ReadinessProbe(model: guarded.model, address: address, interval: settings.probeInterval)
        }
        guard let probe else { return }
        Task { [self] in
            let isAlive = await probe.isAnswered(within: settings.livenessPatience)
            let actions = guarded.withLock { guarded -> [WorkerState.Action] in
                if guarded.suspect == generation { guarded.suspect = nil }
                guard !isAlive else { return [] }
                let limit = settings.livenessPatience.components.seconds
                let cause = ExitCause(
                    "stopped answering: a request waited in vain for as long as its timeouts allow, and then GET "
                        + "\(probe.model.readinessPath) had no answer within \(limit) s")
                return guarded.state.condemn(generation: generation, cause)
            }
            perform(actions)
        }
    }
}
