import NIOCore
import RoundhouseCore
import Testing

@testable import RoundhouseGateway

@Suite struct ConnectionStateTests {
    private static func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
    }
    private func at(_ milliseconds: Int64) -> NIODeadline { Self.at(milliseconds) }

    private func fresh() -> ConnectionState {
        ConnectionState(timeouts: .init(header: .seconds(10), body: .seconds(30), idle: .seconds(75)), now: at(0))
    }

    private func inPhase(_ phase: ConnectionState.Phase) -> ConnectionState {
        var state = fresh()
        switch phase {
        case .waiting: break
        case .headArriving: state.bytesWithoutPart(now: at(0))
        case .receiving: _ = state.head(now: at(0))
        case .responding:
            _ = state.head(now: at(0))
            _ = state.end()
        case .lingering:
            _ = state.head(now: at(0))
            _ = state.answered(keepAlive: true, now: at(0))
        case .closed: state.closed()
        }
        #expect(state.phase == phase)
        return state
    }

    @Test(arguments: [
        (
            ConnectionState.Phase.waiting, ConnectionState.PartAction.take, ConnectionState.PartAction.discard,
            ConnectionState.PartAction.discard
        ),
        (.headArriving, .take, .discard, .discard), (.receiving, .hold, .take, .take),
        (.responding, .hold, .hold, .hold),
        (.lingering, .discard, .discard, .discard), (.closed, .discard, .discard, .discard),
    ])
    func parts(
        phase: ConnectionState.Phase, head: ConnectionState.PartAction, body: ConnectionState.PartAction,
        end: ConnectionState.PartAction
    ) {
        var state = inPhase(phase)
        #expect(state.head(now: at(1)) == head)
        #expect(state.phase == (head == .take ? .receiving : phase))
        state = inPhase(phase)
        #expect(state.body(10, now: at(1)) == body)
        #expect(state.phase == phase)
        state = inPhase(phase)
        #expect(state.end() == end)
        #expect(state.phase == (end == .take ? .responding : phase))
    }

    @Test(arguments: [
        (ConnectionState.Phase.waiting, ConnectionState.EndAction.linger, ConnectionState.EndAction.linger),
        (.headArriving, .linger, .linger), (.receiving, .linger, .linger), (.responding, .next, .linger),
        (.lingering, .close, .close), (.closed, .close, .close),
    ])
    func answered(phase: ConnectionState.Phase, kept: ConnectionState.EndAction, closing: ConnectionState.EndAction) {
        var state = inPhase(phase)
        #expect(state.answered(keepAlive: true, now: at(0)) == kept)
        #expect(state.phase == (kept == .next ? .waiting : kept == .linger ? .lingering : phase))
        state = inPhase(phase)
        #expect(state.answered(keepAlive: false, now: at(0)) == closing)
    }

    @Test(arguments: [
        (ConnectionState.Phase.waiting, Int64(10_000), ConnectionState.TimeAction.close),
        (.headArriving, 10_000, .answerHeadTimeout), (.receiving, 30_000, .answerBodyTimeout),
        (.lingering, 2000, .close),
    ])
    func times(phase: ConnectionState.Phase, limit: Int64, action: ConnectionState.TimeAction) {
        var state = inPhase(phase)
        #expect(state.tick(now: at(limit - 1), unsent: 0) == .none)
        #expect(state.tick(now: at(limit), unsent: 0) == action)
        #expect(state.tick(now: at(limit * 10), unsent: 0) == .none, "only once")
    }

    @Test(arguments: [ConnectionState.Phase.responding, .closed])
    func noTimeLimit(phase: ConnectionState.Phase) {
        var state = inPhase(phase)
        #expect(state.tick(now: at(1_000_000_000), unsent: 0) == .none)
    }

    @Test func headDropsDoNotProlongTheHeadersTime() {
        var state = fresh()
        state.bytesWithoutPart(now: at(5000))
        state.bytesWithoutPart(now: at(14_000))
        #expect(state.tick(now: at(14_999), unsent: 0) == .none)
        #expect(state.tick(now: at(15_000), unsent: 0) == .answerHeadTimeout)
    }

    @Test func bytesInOtherPhasesChangeNothing() {
        for phase in [ConnectionState.Phase.receiving, .responding, .lingering, .closed] {
            var state = inPhase(phase)
            state.bytesWithoutPart(now: at(1))
            #expect(state.phase == phase)
        }
    }

    @Test func aKeptConnectionMayWaitItsIdleTime() {
        var state = inPhase(.responding)
        _ = state.answered(keepAlive: true, now: at(100_000))
        #expect(state.isIdle)
        #expect(state.tick(now: at(174_999), unsent: 0) == .none)
        #expect(state.tick(now: at(175_000), unsent: 0) == .close)
    }

    @Test func aBodyMayTakeLongIfItKeepsComing() {
        var state = inPhase(.receiving)
        var now: Int64 = 0
        for _ in 0..<100 {
            now += 10_000
            #expect(state.tick(now: at(now), unsent: 0) == .none)
            _ = state.body(20_480, now: at(now))
        }
        #expect(state.tick(now: at(now + 29_999), unsent: 0) == .none)
        #expect(state.tick(now: at(now + 30_000), unsent: 0) == .answerBodyTimeout)
    }

    @Test func aBodyInDropsIsTooSlow() {
        var state = inPhase(.receiving)
        var now: Int64 = 0
        while state.tick(now: at(now), unsent: 0) == .none, now < 100_000 {
            _ = state.body(1, now: at(now))
            now += 1000
        }
        #expect(now == 30_000)
    }

    @Test func aBodyThatIsHeldIsWaitedFor() {
        var state = inPhase(.receiving)
        for _ in 0..<100 { _ = state.body(65_536, now: at(1000)) }
        state.bodyHeld(now: at(2000))
        #expect(state.tick(now: at(500_000), unsent: 0) == .none)
        state.bodyReleased(now: at(500_000))
        #expect(state.tick(now: at(529_999), unsent: 0) == .none)
        #expect(state.tick(now: at(530_000), unsent: 0) == .answerBodyTimeout)
    }

    @Test func theTimeOfHoldingIsNotTheClients() {
        var (held, free) = (inPhase(.receiving), inPhase(.receiving))
        _ = held.body(65_536, now: at(0))
        held.bodyHeld(now: at(1000))
        held.bodyReleased(now: at(101_000))
        _ = free.body(65_536, now: at(0))
        var second: Int64 = 2
        while held.tick(now: at(second * 1000 + 100_000), unsent: 0) == .none {
            #expect(free.tick(now: at(second * 1000), unsent: 0) == .none)
            _ = held.body(1, now: at(second * 1000 + 100_000))
            _ = free.body(1, now: at(second * 1000))
            second += 1
        }
        #expect(free.tick(now: at(second * 1000), unsent: 0) == .answerBodyTimeout)
    }

    @Test func holdingMeansNothingInOtherPhases() {
        for phase in [ConnectionState.Phase.waiting, .responding, .lingering] {
            var state = inPhase(phase)
            let deadline = state.deadline
            state.bodyHeld(now: at(1))
            state.bodyReleased(now: at(2))
            #expect(state.deadline == deadline)
        }
    }

    @Test func lingeringReadsOnlySoMuch() {
        var state = inPhase(.lingering)
        for _ in 0..<16 { #expect(state.body(65_536, now: at(1)) == .discard) }
        #expect(state.body(1, now: at(1)) == .close)
    }

    @Test func whatTheClientHasNotTakenIsWaitedForWhileItTakesSomething() {
        var state = inPhase(.lingering)
        #expect(state.tick(now: at(2000), unsent: 1000) == .none)
        #expect(state.tick(now: at(70_000), unsent: 900) == .none)
        #expect(state.tick(now: at(144_999), unsent: 900) == .none)
        #expect(state.tick(now: at(145_000), unsent: 900) == .close, "nothing was taken for the idle time")
    }

    @Test func onceAllIsTakenTheUsualTimeBegins() {
        var state = inPhase(.lingering)
        #expect(state.tick(now: at(2000), unsent: 1000) == .none)
        #expect(state.tick(now: at(50_000), unsent: 0) == .none)
        #expect(state.tick(now: at(51_999), unsent: 0) == .none)
        #expect(state.tick(now: at(52_000), unsent: 0) == .close)
    }

    @Test func theNextAnswerIsMeasuredAnew() {
        var state = inPhase(.responding)
        _ = state.answered(keepAlive: true, now: at(0))
        #expect(state.tick(now: at(75_000), unsent: 10) == .none)
        _ = state.head(now: at(80_000))
        _ = state.end()
        _ = state.answered(keepAlive: true, now: at(80_000))
        #expect(state.tick(now: at(155_000), unsent: 500) == .none)
    }
}

@Suite struct AnswerClockTests {
    private func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
    }

    private func clock() -> AnswerClock {
        var timeouts = ModelTimeouts()
        timeouts.firstByte = .seconds(10)
        timeouts.idle = .seconds(5)
        timeouts.total = .seconds(60)
        return AnswerClock(timeouts)
    }

    @Test func nothingExpiresBeforeTheRequestIsSent() {
        #expect(clock().expired(now: at(10_000_000)) == nil)
    }

    @Test func firstByteThenIdleThenTotal() {
        var clock = clock()
        clock.sent(now: at(0))
        #expect(clock.expired(now: at(9999)) == nil)
        #expect(clock.expired(now: at(10_000)) == .firstByte)
        clock.read(now: at(9000))
        #expect(clock.expired(now: at(13_999)) == nil)
        #expect(clock.expired(now: at(14_000)) == .idle)
        for second in 10..<60 { clock.read(now: at(Int64(second) * 1000)) }
        #expect(clock.expired(now: at(59_999)) == nil)
        #expect(clock.expired(now: at(60_000)) == .total)
    }

    @Test func aPauseStopsTheClockForSilenceAndNotForTheWhole() {
        var clock = clock()
        clock.sent(now: at(0))
        clock.read(now: at(1000))
        clock.paused()
        #expect(clock.expired(now: at(59_000)) == nil)
        #expect(clock.expired(now: at(60_000)) == .total)
        clock.resumed(now: at(40_000))
        #expect(clock.expired(now: at(44_999)) == nil)
        #expect(clock.expired(now: at(45_000)) == .idle)
    }

    @Test func whatComesByDuringAPauseDoesNotStartTheClock() {
        var clock = clock()
        clock.sent(now: at(0))
        clock.paused()
        clock.read(now: at(1000))
        #expect(clock.expired(now: at(59_000)) == nil)
        clock.resumed(now: at(50_000))
        #expect(clock.expired(now: at(55_000)) == .idle)
    }

    @Test func aPauseBeforeTheFirstByteGivesItsWholeTimeAgain() {
        var clock = clock()
        clock.sent(now: at(0))
        clock.paused()
        clock.resumed(now: at(9000))
        #expect(clock.expired(now: at(18_999)) == nil)
        #expect(clock.expired(now: at(19_000)) == .firstByte)
    }

    @Test func aSecondSendingBeginsAnew() {
        var clock = clock()
        clock.sent(now: at(0))
        clock.read(now: at(100))
        clock.paused()
        clock.sent(now: at(3000))
        #expect(clock.expired(now: at(12_999)) == nil)
        #expect(clock.expired(now: at(13_000)) == .firstByte)
    }

    @Test func anUpstreamThatTakesMoreIsGivenMoreTimeUntilItBegins() {
        var clock = clock()
        clock.sent(now: at(0))
        clock.sending(now: at(8000))
        #expect(clock.expired(now: at(17_999)) == nil)
        #expect(clock.expired(now: at(18_000)) == .firstByte)
        clock.read(now: at(9000))
        clock.sending(now: at(12_000))
        #expect(clock.expired(now: at(14_000)) == .idle)
        for second in 1..<60 { clock.sending(now: at(Int64(second) * 1000)) }
        #expect(clock.expired(now: at(60_000)) == .total)
    }

    @Test func explanationsNameTheSetting() {
        #expect(
            clock().explanation(.firstByte, model: "m")
                == "\"m\" sent nothing for 10s (timeouts.first_byte of the model).")
        #expect(clock().explanation(.idle, model: "m").contains("5s in the middle of its answer (timeouts.idle"))
        #expect(clock().explanation(.total, model: "m").contains("60s (timeouts.total"))
        #expect(Duration.milliseconds(250).short == "250ms")
        #expect(Duration.seconds(3).short == "3s")
    }
}
