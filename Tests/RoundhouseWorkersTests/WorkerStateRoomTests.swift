import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

@Suite struct WorkerStateRoomTests {
    @Test func whoIsWaitedForTakesNobodyNewUntilTheOthersHaveHadTheirTurn() {
        var limits = ModelLimits()
        limits.concurrent = 1
        var state = WorkerState(limits: limits, loadTimeout: .seconds(20), keepAlive: nil)
        #expect(state.lease(1, now: at(0)).1 == [.want])
        // One that loads serves those who wait for it, however long others have waited.
        _ = state.admit(now: at(0))
        #expect(state.yield(true, now: at(1)).isEmpty)
        #expect(state.becameReady(generation: 1, now: at(1)).count == 1)
        #expect(state.yield(true, now: at(2)).isEmpty)
        #expect(state.lease(2, now: at(2)).0 == .waiting)
        #expect(state.release(generation: 1, now: at(3)).isEmpty && state.active == 0)
        #expect(state.evict(now: at(3)) == [.stop(generation: 1, kill: false)])
        #expect(state.exited(generation: 1, ExitCause("ended"), now: at(4)) == [.want])
        _ = state.admit(now: at(5))
        #expect(state.becameReady(generation: 2, now: at(6)).count == 1)
    }

    @Test func nobodyIsSentAwayUnderARequest() {
        var state = WorkerState(limits: ModelLimits(), loadTimeout: .seconds(20), keepAlive: nil)
        _ = state.warm(now: at(0))
        _ = state.admit(now: at(0))
        _ = state.becameReady(generation: 1, now: at(0))
        _ = state.lease(1, now: at(1))
        #expect(state.evict(now: at(1)).isEmpty)
        _ = state.release(generation: 1, now: at(2))
        #expect(state.evict(now: at(2)) == [.stop(generation: 1, kill: false)])
    }

    @Test func whoeverWaitsForMemoryInVainIsToldAndNothingIsLoaded() {
        var limits = ModelLimits()
        limits.queueTimeout = .seconds(5)
        var state = WorkerState(limits: limits, loadTimeout: .seconds(20), keepAlive: nil)
        _ = state.lease(1, now: at(0))
        #expect(state.tick(now: at(100)).isEmpty, "nobody has said yet that there is no room")
        state.mustWait(now: at(100))
        #expect(state.tick(now: at(105)) == [.refuse(ticket: 1, .queueTimeout(retryAfter: 1))])
        #expect(state.phase == .stopped)
        _ = state.lease(2, now: at(106))
        state.cancel(2)
        #expect(state.phase == .stopped && state.admit(now: at(106)).isEmpty)
    }

    /// A model with `warm_up` whose engine has failed waits for room until there is some, also if nobody asks for it.
    @Test func whatIsToBeWarmGoesOnWaitingWithoutARequest() {
        var state = WorkerState(limits: ModelLimits(), loadTimeout: .seconds(20), keepAlive: nil, startsAgain: true)
        #expect(state.warm(now: at(0)) == [.want])
        _ = state.admit(now: at(0))
        _ = state.exited(generation: 1, ExitCause("exited with code 1"), now: at(1))
        #expect(state.tick(now: at(2)) == [.want])
        state.mustWait(now: at(2))
        _ = state.lease(1, now: at(3))
        state.cancel(1)
        #expect(state.tick(now: at(100)).isEmpty && state.phase == .wanting(since: at(2)))
        #expect(state.admit(now: at(101)) == [.start(generation: 2)])
    }

    /// One that is replaced while it waits for room does not hold its successor up.
    @Test func aReplacedModelStopsWaiting() {
        var state = WorkerState(limits: ModelLimits(), loadTimeout: .seconds(20), keepAlive: nil, startsAgain: true)
        _ = state.warm(now: at(0))
        state.mustWait(now: at(0))
        #expect(state.drain(now: at(1)).isEmpty && state.isDrained)
        var asked = WorkerState(limits: ModelLimits(), loadTimeout: .seconds(20), keepAlive: nil)
        _ = asked.lease(1, now: at(0))
        #expect(asked.drain(now: at(1)).isEmpty && !asked.isDrained)
        asked.cancel(1)
        #expect(asked.isDrained)
    }
}
