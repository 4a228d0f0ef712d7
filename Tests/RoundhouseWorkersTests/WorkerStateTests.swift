import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

@Suite struct WorkerStateStartTests {
    @Test func firstRequestStartsTheEngineAndWaits() {
        var state = RoomyState()
        let (answer, actions) = state.lease(1, now: at(3))
        #expect(answer == .waiting)
        #expect(actions == [.start(generation: 1)])
        #expect(state.phase == .loading(since: at(3)))
        #expect(state.waiting == 1 && state.active == 0 && state.restarts == 0)
    }

    @Test func hundredFirstRequestsAreOneStartAndAreServedInOrder() {
        var state = RoomyState(concurrent: 4, queue: 100)
        var starts = 0
        for ticket in 1...100 {
            let (answer, actions) = state.lease(UInt64(ticket), now: at(0))
            #expect(answer == .waiting)
            starts += actions.count
        }
        #expect(starts == 1)
        var actions = state.becameReady(generation: 1, now: at(2))
        #expect(actions.count == 4)
        while state.active > 0 {
            #expect(state.active == min(4, state.active + state.waiting))
            actions += state.release(generation: 1, now: at(2))
        }
        let granted = (1...100).map {
            WorkerState.Action.grant(ticket: UInt64($0), generation: 1, queue: .zero, load: .seconds(2))
        }
        #expect(actions == granted)
    }

    @Test func warmStartsOnlyWhatIsStopped() {
        for (name, before) in RoomyState.onePerPhase {
            var state = before
            let actions = state.warm(now: at(200))
            #expect(actions == (name == "stopped" ? [.start(generation: 1)] : []), "\(name)")
            #expect(name == "stopped" || state.phase == before.phase, "\(name)")
        }
    }

    @Test func onlyTheLoadingRunCanBecomeReady() {
        for (name, before) in RoomyState.onePerPhase where name != "loading" {
            var state = before
            #expect(state.becameReady(generation: 1, now: at(200)).isEmpty && state.phase == before.phase, "\(name)")
        }
        var state = RoomyState.failed(1).state
        _ = state.lease(1, now: at(1))
        #expect(state.becameReady(generation: 1, now: at(2)).isEmpty)
        #expect(state.phase == .loading(since: at(1)))
        #expect(state.becameReady(generation: 2, now: at(3)).count == 1)
        #expect(state.phase == .ready(since: at(3)))
    }

    @Test func waitIsSplitIntoLoadingAndQueueing() {
        var state = RoomyState()
        _ = state.lease(1, now: at(0))
        _ = state.lease(2, now: at(3))
        #expect(
            state.becameReady(generation: 1, now: at(7))
                == [.grant(ticket: 1, generation: 1, queue: .zero, load: .seconds(7))])
        _ = state.lease(3, now: at(8))
        #expect(
            state.release(generation: 1, now: at(10))
                == [.grant(ticket: 2, generation: 1, queue: .seconds(3), load: .seconds(4))])
        #expect(
            state.release(generation: 1, now: at(12))
                == [.grant(ticket: 3, generation: 1, queue: .seconds(4), load: .zero)])
    }
}

@Suite struct WorkerStatePlaceTests {
    @Test func placesAreGivenAtOnceUpToTheLimit() {
        var state = RoomyState.ready(concurrent: 2)
        #expect(state.answer(1, at: 1) == .granted(generation: 1))
        #expect(state.answer(2, at: 1) == .granted(generation: 1))
        #expect(state.answer(3, at: 1) == .waiting)
        #expect(state.active == 2 && state.waiting == 1)
        var unlimited = RoomyState.ready(concurrent: nil, queue: 0)
        for ticket in 1...1000 { #expect(unlimited.answer(UInt64(ticket), at: 1) == .granted(generation: 1)) }
    }

    @Test func oneReleaseAdmitsOneAndNobodyOvertakes() {
        var state = RoomyState.ready()
        for ticket in 1...3 { _ = state.lease(UInt64(ticket), now: at(1)) }
        let actions = state.release(generation: 1, now: at(2))
        #expect(actions == [.grant(ticket: 2, generation: 1, queue: .seconds(1), load: .zero)])
        #expect(state.answer(4, at: 2) == .waiting)
        #expect(state.active == 1 && state.waiting == 2)
    }

    @Test func cancelledRequestIsPassedOver() {
        var state = RoomyState.ready(queue: 2)
        for ticket in 1...3 { _ = state.lease(UInt64(ticket), now: at(1)) }
        #expect(state.answer(4, at: 1) == .refused(.queueFull(retryAfter: 1)))
        state.cancel(2)
        state.cancel(1)
        state.cancel(77)
        #expect(state.active == 1 && state.waiting == 1)
        #expect(state.answer(5, at: 1) == .waiting)
        #expect(
            state.release(generation: 1, now: at(1))
                == [.grant(ticket: 3, generation: 1, queue: .zero, load: .zero)])
    }

    @Test func fullQueueRefusesInEveryPhaseWithAQueue() {
        var loading = RoomyState(queue: 2)
        for ticket in 1...2 { _ = loading.lease(UInt64(ticket), now: at(0)) }
        var ready = RoomyState.ready(queue: 2)
        for ticket in 0...2 { _ = ready.lease(UInt64(ticket), now: at(0)) }
        var stopping = RoomyState.ready(queue: 2)
        _ = stopping.tick(now: at(100))
        for ticket in 1...2 { _ = stopping.lease(UInt64(ticket), now: at(100)) }
        for var state in [loading, ready, stopping] {
            let (answer, actions) = state.lease(9, now: at(101))
            #expect(answer == .refused(.queueFull(retryAfter: 1)) && actions.isEmpty && state.waiting == 2)
        }
    }

    @Test func releaseOfAnotherRunOrOfNothingFreesNoPlace() {
        var state = RoomyState.ready()
        #expect(state.release(generation: 1, now: at(1)).isEmpty && state.active == 0)
        for ticket in 1...2 { _ = state.lease(UInt64(ticket), now: at(1)) }
        #expect(state.release(generation: 0, now: at(2)).isEmpty)
        #expect(state.release(generation: 2, now: at(2)).isEmpty)
        #expect(state.active == 1 && state.waiting == 1)
    }
}

@Suite struct WorkerStateTimeTests {
    @Test func loadTimeoutKillsAndNamesItselfAsTheCause() {
        var state = RoomyState()
        for ticket in 1...2 { _ = state.lease(UInt64(ticket), now: at(0)) }
        #expect(state.tick(now: at(19.999)).isEmpty)
        let cause = ExitCause("was not ready within 20 s (timeouts.load of the model)")
        let refusal = WorkerState.Refusal.failed(cause, retryAfter: 1)
        #expect(
            state.tick(now: at(20)) == [
                .refuse(ticket: 1, refusal), .refuse(ticket: 2, refusal), .stop(generation: 1, kill: true),
            ])
        #expect(state.phase == .stopping && state.waiting == 0)
        #expect(state.tick(now: at(21)).isEmpty)
        #expect(state.becameReady(generation: 1, now: at(21)).isEmpty)
        #expect(state.answer(3, at: 21) == .waiting)
        let killed = ExitCause("was killed by signal 9")
        #expect(state.exited(generation: 1, killed, now: at(22)) == [.refuse(ticket: 3, refusal)])
        #expect(state.phase == .failed(until: at(22)) && state.lastFailure == cause)
        #expect(state.lease(4, now: at(22)).1 == [.start(generation: 2)])
        _ = state.becameReady(generation: 2, now: at(23))
        _ = state.release(generation: 2, now: at(24))
        #expect(state.tick(now: at(124)) == [.stop(generation: 2, kill: false)])
        #expect(state.exited(generation: 2, killed, now: at(125)).isEmpty && state.phase == .stopped)
    }

    @Test func queueTimeoutCountsFromWhenTheModelWasThere() {
        var state = RoomyState()
        for ticket in 1...3 { _ = state.lease(UInt64(ticket), now: at(0)) }
        #expect(state.tick(now: at(15)).isEmpty)
        _ = state.becameReady(generation: 1, now: at(15))
        _ = state.lease(4, now: at(16))
        #expect(state.tick(now: at(19.999)).isEmpty)
        #expect(
            state.tick(now: at(20)) == [
                .refuse(ticket: 2, .queueTimeout(retryAfter: 1)), .refuse(ticket: 3, .queueTimeout(retryAfter: 1)),
            ])
        #expect(state.tick(now: at(20.999)).isEmpty && state.waiting == 1)
        #expect(state.tick(now: at(21)) == [.refuse(ticket: 4, .queueTimeout(retryAfter: 1))])
        #expect(state.waiting == 0 && state.active == 1)
    }

    @Test func idleEngineIsStoppedAfterItsKeepAlive() {
        var state = RoomyState.ready(keepAlive: .seconds(10))
        _ = state.lease(1, now: at(9))
        #expect(state.tick(now: at(500)).isEmpty)
        _ = state.release(generation: 1, now: at(501))
        #expect(state.tick(now: at(510.999)).isEmpty)
        #expect(state.tick(now: at(511)) == [.stop(generation: 1, kill: false)])
        #expect(state.phase == .stopping && state.tick(now: at(600)).isEmpty)
        #expect(state.exited(generation: 1, ExitCause("exited with code 0"), now: at(601)).isEmpty)
        #expect(state.phase == .stopped && state.lastFailure == nil && state.tick(now: at(9999)).isEmpty)
    }

    @Test func requestsSayHowLongAnEngineStays() {
        var state = RoomyState.ready(keepAlive: .seconds(10))
        #expect(state.keep(.idle(.seconds(3)), now: at(1)).isEmpty && state.remaining(now: at(1)) == .seconds(2))
        #expect(state.keep(.forever, now: at(2)).isEmpty && state.tick(now: at(500)).isEmpty)
        #expect(state.remaining(now: at(500)) == nil)
        _ = state.lease(1, now: at(501))
        #expect(state.keep(.unloaded, now: at(502)).isEmpty)
        _ = state.release(generation: 1, now: at(503))
        #expect(state.tick(now: at(503)) == [.stop(generation: 1, kill: false)])
        // The next run is as configured again.
        _ = state.exited(generation: 1, ExitCause("exited with code 0"), now: at(504))
        #expect(state.warm(now: at(505)) == [.start(generation: 2)])
        _ = state.becameReady(generation: 2, now: at(506))
        #expect(state.tick(now: at(515.9)).isEmpty)
        #expect(state.tick(now: at(516)) == [.stop(generation: 2, kill: false)])
    }

    @Test func noRequestEndsWhatIsKeptForEver() {
        var state = RoomyState.ready(keepAlive: nil)
        #expect(state.keep(.unloaded, now: at(1)).isEmpty && state.tick(now: at(1e6)).isEmpty)
    }

    @Test func idleTimeOfAnUnusedEngineCountsFromReady() {
        var state = RoomyState.ready(keepAlive: .seconds(10))
        #expect(state.tick(now: at(9.999)).isEmpty)
        #expect(state.tick(now: at(10)) == [.stop(generation: 1, kill: false)])
        var forever = RoomyState.ready(keepAlive: nil)
        #expect(forever.tick(now: at(1e9)).isEmpty && forever.phase == .ready(since: at(0)))
        var crashed = RoomyState.ready(keepAlive: .seconds(10))
        _ = crashed.exited(generation: 1, crash, now: at(5))
        _ = crashed.lease(1, now: at(6))
        crashed.cancel(1)
        #expect(crashed.becameReady(generation: 2, now: at(12)).isEmpty && crashed.tick(now: at(21.999)).isEmpty)
    }

    @Test func requestDuringAPlannedStopGetsTheNextRun() {
        var state = RoomyState.ready(keepAlive: .seconds(10))
        _ = state.tick(now: at(10))
        let (answer, actions) = state.lease(1, now: at(11))
        #expect(answer == .waiting && actions.isEmpty)
        #expect(state.exited(generation: 1, crash, now: at(12)) == [.start(generation: 2)])
        #expect(
            state.becameReady(generation: 2, now: at(14))
                == [.grant(ticket: 1, generation: 2, queue: .zero, load: .seconds(3))])
        #expect(state.restarts == 0 && state.lastFailure == nil)
        _ = state.release(generation: 2, now: at(15))
        #expect(state.tick(now: at(24.999)).isEmpty)
        #expect(state.tick(now: at(25)) == [.stop(generation: 2, kill: false)])
        _ = state.lease(2, now: at(26))
        state.cancel(2)
        #expect(state.exited(generation: 2, crash, now: at(27)).isEmpty && state.phase == .stopped)
    }
}

@Suite struct WorkerStateFailureTests {
    @Test(arguments: [(0, 0), (1, 0), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 300), (8, 300), (.max, 300)])
    func pauseGrowsToItsLimit(failures: Int, seconds: Int) {
        #expect(WorkerState.pause(afterFailures: failures) == seconds)
    }

    @Test func failedStartRefusesEverybodyAndTheNextRequestTriesAgain() {
        var state = RoomyState()
        for ticket in 1...2 { _ = state.lease(UInt64(ticket), now: at(0)) }
        let refusal = WorkerState.Refusal.failed(crash, retryAfter: 1)
        #expect(
            state.exited(generation: 1, crash, now: at(1))
                == [.refuse(ticket: 1, refusal), .refuse(ticket: 2, refusal)])
        #expect(state.phase == .failed(until: at(1)) && state.lastFailure == crash && state.waiting == 0)
        let (answer, actions) = state.lease(3, now: at(1))
        #expect(answer == .waiting && actions == [.start(generation: 2)] && state.restarts == 1)
    }

    @Test(arguments: 2...9) func seriesOfFailuresIsPausedAndSaysForHowLong(times: Int) {
        var (state, last) = RoomyState.failed(times)
        let pause = WorkerState.pause(afterFailures: times)
        #expect(state.phase == .failed(until: at(last + Double(pause))) && state.restarts == times - 1)
        #expect(state.answer(1, at: last) == .refused(.failed(crash, retryAfter: pause)))
        #expect(state.answer(2, at: last + Double(pause - 1)) == .refused(.failed(crash, retryAfter: 1)))
        #expect(state.tick(now: at(last + Double(pause))).isEmpty)
        let (answer, actions) = state.lease(3, now: at(last + Double(pause)))
        #expect(answer == .waiting && actions == [.start(generation: times + 1)])
    }

    @Test func firstCrashOfAReadyEngineIsRestartedForThoseWhoWait() {
        var state = RoomyState.ready()
        for ticket in 1...3 { _ = state.lease(UInt64(ticket), now: at(1)) }
        #expect(state.exited(generation: 1, crash, now: at(2)) == [.start(generation: 2)])
        #expect(state.waiting == 2 && state.active == 0 && state.restarts == 1)
        #expect(
            state.becameReady(generation: 2, now: at(4))
                == [.grant(ticket: 2, generation: 2, queue: .zero, load: .seconds(3))])
        #expect(state.release(generation: 1, now: at(5)).isEmpty && state.active == 1)
        let refusal = WorkerState.Refusal.failed(crash, retryAfter: 10)
        #expect(state.exited(generation: 2, crash, now: at(6)) == [.refuse(ticket: 3, refusal)])
        #expect(state.phase == .failed(until: at(16)) && state.active == 0)
    }

    @Test(arguments: [(29.999, 10.0), (30.0, 0.0)]) func steadyRunEndsASeries(lasted: Double, pause: Double) {
        var (state, last) = RoomyState.failed(1)
        _ = state.lease(1, now: at(last))
        _ = state.becameReady(generation: 2, now: at(last + 5))
        #expect(state.exited(generation: 2, crash, now: at(last + 5 + lasted)).isEmpty)
        #expect(state.phase == .failed(until: at(last + 5 + lasted + pause)))
    }

    @Test func exitIsCountedOnceAndOnlyForTheRunThatIsOn() {
        var (state, last) = RoomyState.failed(1)
        let phase = state.phase
        #expect(state.exited(generation: 1, ExitCause("again"), now: at(last + 1)).isEmpty && state.phase == phase)
        _ = state.lease(1, now: at(2))
        #expect(state.exited(generation: 1, ExitCause("late"), now: at(3)).isEmpty)
        #expect(state.phase == .loading(since: at(2)) && state.waiting == 1 && state.lastFailure == crash)
    }
}

@Suite struct WorkerStateShutDownTests {
    @Test func everyPhaseEndsAndStaysEnded() {
        for (name, before) in RoomyState.onePerPhase {
            var state = before
            let isRunning = ["loading", "ready", "stopping"].contains(name)
            #expect(state.shutDown() == (isRunning ? [.stop(generation: 1, kill: false)] : []), "\(name)")
            var later = state.shutDown() + state.warm(now: at(300)) + state.tick(now: at(300))
            later += state.becameReady(generation: 1, now: at(300)) + state.release(generation: 1, now: at(300))
            later += state.exited(generation: 1, crash, now: at(301)) + state.tick(now: at(999))
            #expect(later.isEmpty && state.phase == .shutDown, "\(name)")
            let (answer, actions) = state.lease(9, now: at(1000))
            #expect(answer == .refused(.shuttingDown) && actions.isEmpty && state.waiting == 0, "\(name)")
        }
    }

    @Test func whoWaitsIsRefusedBeforeTheEngineIsStopped() {
        var state = RoomyState.ready()
        for ticket in 1...3 { _ = state.lease(UInt64(ticket), now: at(1)) }
        #expect(
            state.shutDown() == [
                .refuse(ticket: 2, .shuttingDown), .refuse(ticket: 3, .shuttingDown),
                .stop(generation: 1, kill: false),
            ])
        #expect(state.active == 1 && state.waiting == 0)
        #expect(state.release(generation: 1, now: at(2)).isEmpty && state.active == 0)
    }
}

@Suite struct WorkerStateSeriesTests {
    @Test func steadyRunThatWasStoppedAsPlannedEndsASeries() {
        var (state, last) = RoomyState.failed(1)
        _ = state.lease(1, now: at(last))
        _ = state.becameReady(generation: 2, now: at(last + 1))
        _ = state.release(generation: 2, now: at(3600))
        _ = state.tick(now: at(3700))
        _ = state.exited(generation: 2, ExitCause("exited with code 0"), now: at(3701))
        _ = state.lease(2, now: at(7200))
        #expect(state.restarts == 1)
        _ = state.exited(generation: 3, crash, now: at(7201))
        #expect(state.phase == .failed(until: at(7201)))
    }

    @Test func requestStartsAModelThatHasNoQueue() {
        var state = RoomyState(queue: 0)
        let actions = state.lease(1, now: at(0)).1
        #expect(actions == [.start(generation: 1)])
    }

    @Test func retryAfterIsNeverBeforeTheNextTry() {
        var (state, last) = RoomyState.failed(2)
        let answer = state.answer(1, at: last + 0.5)
        #expect(answer == .refused(.failed(crash, retryAfter: 10)))
    }

    @Test func loadTimeoutInASeriesSaysForHowLong() {
        var (state, last) = RoomyState.failed(1)
        _ = state.lease(1, now: at(last))
        let cause = ExitCause("was not ready within 20 s (timeouts.load of the model)")
        let first = state.tick(now: at(last + 20)).first
        #expect(first == .refuse(ticket: 1, .failed(cause, retryAfter: 10)))
    }
}
