internal import RoundhouseCore
internal import Synchronization

extension Worker {
    var status: WorkerStatus {
        guarded.withLock { guarded in
            let state = guarded.state
            let model = guarded.model
            let name =
                switch state.phase {
                case .stopped, .held: model.unavailable == nil ? "stopped" : "unavailable"
                case .wanting: "waiting"
                case .loading: "loading"
                case .ready where state.isDraining: "draining"
                case .ready: "ready"
                case .stopping, .shutDown: "stopping"
                case .failed: "failed"
                }
            var status = WorkerStatus(
                model: model.name, backend: model.profile.name, state: name, pid: guarded.process?.enginePid,
                address: guarded.process == nil ? nil : guarded.address?.shown, active: state.active,
                waiting: state.waiting,
                restarts: state.restarts,
                seconds: guarded.since.map { Int((ContinuousClock.now - $0).components.seconds) },
                problem: model.unavailable ?? state.refusal ?? state.lastFailure?.summary,
                unloadsIn: name == "ready" && model.isLaunched
                    ? state.remaining(now: .now).map { Int($0.components.seconds) } : nil)
            addMemory(guarded, to: &status)
            return status
        }
    }

    private func addMemory(_ guarded: borrowing Guarded, to status: inout WorkerStatus) {
        let memory = guarded.memory
        status.memoryBytes = guarded.process == nil ? nil : memory.bytes
        status.sizeBytes = memory.size?.footprint.total
        status.sizeSource = memory.size?.source.rawValue
        status.note = memory.note
        status.reducedContext = guarded.halvedContext
        let queue = guarded.state.outlooks(loadTime: memory.loadTime, now: .now).prefix(100).map(WaitingStatus.init)
        status.queue = queue.isEmpty ? nil : queue
    }

    /// How a waiting request stands; nil if it does not wait any more.
    func outlook(_ ticket: LeaseTicket) -> WaitingStatus? {
        guarded.withLock { guarded in
            guarded.state.outlook(ticket.number, loadTime: guarded.memory.loadTime, now: .now).map(WaitingStatus.init)
        }
    }
}

extension WaitingStatus {
    init(_ outlook: WorkerState.Outlook) {
        self.init(
            position: outlook.position, key: outlook.caller.key, priority: outlook.caller.priority.rawValue,
            waited: Double(outlook.waited.microseconds) / 1e6,
            estimate: outlook.estimate.map { Double($0.microseconds) / 1e6 })
    }
}
