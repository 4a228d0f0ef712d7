import RoundhouseCore

@testable import RoundhouseWorkers

/// A worker's state on a machine that has room for everything: whoever wants to be loaded is admitted at once.
@dynamicMemberLookup struct RoomyState {
    typealias Action = WorkerState.Action
    typealias Instant = WorkerState.Instant

    private(set) var state: WorkerState

    init(_ state: WorkerState) {
        self.state = state
    }

    subscript<Value>(dynamicMember path: KeyPath<WorkerState, Value>) -> Value { state[keyPath: path] }

    private mutating func admitted(_ actions: [Action], _ now: Instant) -> [Action] {
        actions.flatMap { $0 == .want ? state.admit(now: now) : [$0] }
    }

    mutating func lease(_ ticket: UInt64, now: Instant) -> (WorkerState.Answer, [Action]) {
        let (answer, actions) = state.lease(ticket, now: now)
        return (answer, admitted(actions, now))
    }

    mutating func cancel(_ ticket: UInt64) { state.cancel(ticket) }

    mutating func release(generation: Int, now: Instant) -> [Action] {
        admitted(state.release(generation: generation, now: now), now)
    }

    mutating func keep(_ wish: Residence, now: Instant) -> [Action] { admitted(state.keep(wish, now: now), now) }

    mutating func warm(now: Instant) -> [Action] { admitted(state.warm(now: now), now) }

    mutating func becameReady(generation: Int, now: Instant) -> [Action] {
        admitted(state.becameReady(generation: generation, now: now), now)
    }

    mutating func exited(generation: Int, _ cause: ExitCause, isMended: Bool = false, now: Instant) -> [Action] {
        admitted(state.exited(generation: generation, cause, isMended: isMended, now: now), now)
    }

    mutating func failedWarmUp(generation: Int, _ cause: ExitCause, now: Instant) -> [Action] {
        admitted(state.failedWarmUp(generation: generation, cause, now: now), now)
    }

    mutating func tick(now: Instant) -> [Action] { admitted(state.tick(now: now), now) }

    mutating func update(limits: ModelLimits, loadTimeout: Duration, keepAlive: Duration?, startsAgain: Bool) {
        state.update(limits: limits, loadTimeout: loadTimeout, keepAlive: keepAlive, startsAgain: startsAgain)
    }

    mutating func drain(now: Instant) -> [Action] { admitted(state.drain(now: now), now) }

    mutating func hold() { state.hold() }

    mutating func resume(warm: Bool, now: Instant) -> [Action] { admitted(state.resume(warm: warm, now: now), now) }

    mutating func shutDown() -> [Action] { state.shutDown() }

    func remaining(now: Instant) -> Duration? { state.remaining(now: now) }
}

let origin = ContinuousClock.now
let crash = ExitCause("exited with code 1", output: ["out of luck"])

func at(_ seconds: Double) -> WorkerState.Instant { origin + .seconds(seconds) }

extension RoomyState {
    /// Queue timeout 5 s, load timeout 20 s.
    init(concurrent: Int? = 1, queue: Int = 64, keepAlive: Duration? = .seconds(100)) {
        var limits = ModelLimits()
        limits.concurrent = concurrent
        limits.queue = queue
        limits.queueTimeout = .seconds(5)
        self.init(WorkerState(limits: limits, loadTimeout: .seconds(20), keepAlive: keepAlive))
    }

    /// Ready since second 0, in its first run, with nobody in it.
    static func ready(
        concurrent: Int? = 1, queue: Int = 64, keepAlive: Duration? = .seconds(100)
    ) -> RoomyState {
        var state = RoomyState(concurrent: concurrent, queue: queue, keepAlive: keepAlive)
        _ = state.warm(now: at(0))
        _ = state.becameReady(generation: 1, now: at(0))
        return state
    }

    /// Failed so many times in a row, each time as soon as it was allowed to start; and when the last failure was.
    static func failed(_ times: Int) -> (state: RoomyState, last: Double) {
        var state = RoomyState()
        var now = 0.0
        for failure in 1...times {
            now += Double(WorkerState.pause(afterFailures: failure - 1))
            _ = state.lease(UInt64(1000 + failure), now: at(now))
            _ = state.exited(generation: failure, crash, now: at(now))
        }
        return (state, now)
    }

    /// One state in each phase; all but the first have made one run.
    static var onePerPhase: [(name: String, state: RoomyState)] {
        var loading = RoomyState()
        _ = loading.warm(now: at(0))
        var stopping = ready()
        _ = stopping.tick(now: at(100))
        var shutDown = ready()
        _ = shutDown.shutDown()
        return [
            ("stopped", RoomyState()), ("loading", loading), ("ready", ready()), ("stopping", stopping),
            ("failed", failed(1).state), ("shutDown", shutDown),
        ]
    }

    mutating func answer(_ ticket: UInt64, at seconds: Double) -> WorkerState.Answer {
        lease(ticket, now: RoundhouseWorkersTests.at(seconds)).0
    }
}
