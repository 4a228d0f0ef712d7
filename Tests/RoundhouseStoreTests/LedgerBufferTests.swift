import RoundhouseCore
import Testing

@testable import RoundhouseStore

@Suite struct LedgerBufferTests {
    private let second: Int64 = 1_000_000_000

    private func records(_ count: Int, from first: Int = 0) -> [RequestRecord] {
        (first..<first + count).map { .sample("\($0)") }
    }

    private func ids(_ batch: [ArraySlice<RequestRecord>]?) -> [String] {
        (batch ?? []).flatMap { $0.map(\.requestID) }
    }

    private var pace: LedgerPace {
        var pace = LedgerPace()
        pace.batch = 10
        pace.waitingLimit = 20
        return pace
    }

    @Test func theFirstRecordArrangesAWriteAndTheOthersRelyOnIt() {
        var buffer = LedgerBuffer(pace)
        #expect(buffer.take(records(1), now: 0) == .after(250_000_000, ticket: 1))
        #expect(buffer.take(records(1), now: 5) == .asArranged)
        #expect(buffer.woken(1) == true)
        #expect(buffer.take(records(1), now: 9) == .after(250_000_000, ticket: 2))
    }

    @Test func nothingArrangesNothing() {
        var buffer = LedgerBuffer(pace)
        #expect(buffer.take([], now: 0) == .asArranged)
        #expect(buffer.next() == nil)
    }

    @Test func aFullBatchIsWrittenAtOnceAndTheOldTimerIsDeaf() {
        var buffer = LedgerBuffer(pace)
        #expect(buffer.take(records(1), now: 0) == .after(250_000_000, ticket: 1))
        #expect(buffer.take(records(9), now: 0) == .after(0, ticket: 2))
        #expect(buffer.take(records(9), now: 0) == .asArranged)
        #expect(buffer.woken(1) == false)
        #expect(buffer.woken(2) == true)
        #expect(buffer.woken(2) == false)
    }

    @Test func batchesKeepTheOrder() {
        var buffer = LedgerBuffer(pace)
        _ = buffer.take(records(6), now: 0)
        _ = buffer.take(records(6, from: 6), now: 0)
        _ = buffer.take(records(3, from: 12), now: 0)
        #expect(ids(buffer.next()) == (0..<12).map(String.init))
        buffer.committed()
        #expect(buffer.status(now: 0).written == 12)
        #expect(ids(buffer.next()) == ["12", "13", "14"])
        buffer.committed()
        #expect(buffer.next() == nil)
        #expect(buffer.status(now: 0).waiting == 0)
    }

    @Test func whatFailedComesAgainFirst() {
        var buffer = LedgerBuffer(pace)
        _ = buffer.take(records(3), now: 0)
        _ = buffer.next()
        _ = buffer.failed("full", now: 0)
        _ = buffer.take(records(2, from: 3), now: 0)
        #expect(ids(buffer.next()) == ["0", "1", "2", "3", "4"])
    }

    @Test func attemptsComeLessAndLessOftenAndTakingDoesNotAddAny() {
        var buffer = LedgerBuffer(pace)
        _ = buffer.take(records(1), now: 0)
        _ = buffer.woken(1)
        var waits: [Int64] = []
        for attempt in 2...6 {
            let (_, wake) = buffer.failed("full", now: 0)
            guard case .after(let nanoseconds, attempt) = wake else {
                Issue.record("no attempt arranged: \(wake)")
                return
            }
            waits.append(nanoseconds / second)
            #expect(buffer.take(records(1), now: 0) == .asArranged)
            #expect(buffer.woken(attempt) == true)
        }
        #expect(waits == [1, 2, 4, 5, 5])
    }

    @Test func theAlarmIsRaisedOnceAndThenAtIntervals() {
        var buffer = LedgerBuffer(pace)
        _ = buffer.take(records(1), now: 0)
        #expect(buffer.failed("full", now: 0).alarm == .failing)
        #expect(buffer.failed("full", now: 59 * second).alarm == .none)
        #expect(buffer.failed("full", now: 60 * second).alarm == .failing)
        #expect(buffer.failed("full", now: 61 * second).alarm == .none)
        #expect(buffer.status(now: 62 * second).failingSeconds == 62)
        #expect(buffer.status(now: 62 * second).failure == "full")
        #expect(buffer.succeeded(now: 63 * second) == LedgerBuffer.Recovery(nanoseconds: 63 * second, dropped: 0))
        #expect(buffer.succeeded(now: 64 * second) == nil)
        #expect(!buffer.isFailing)
        #expect(buffer.failed("full again", now: 65 * second).alarm == .failing)
    }

    @Test func beyondTheLimitTheOldestGo() {
        var buffer = LedgerBuffer(pace)
        _ = buffer.failed("full", now: 0)
        for first in 0..<50 { _ = buffer.take(records(1, from: first), now: 0) }
        #expect(buffer.status(now: 0).waiting == 20)
        #expect(buffer.status(now: 0).dropped == 30)
        #expect(ids(buffer.next()) == (30..<50).map(String.init))
        #expect(buffer.succeeded(now: 0)?.dropped == 30)
    }

    @Test func onePieceBeyondTheLimitKeepsItsEnd() {
        var buffer = LedgerBuffer(pace)
        _ = buffer.take(records(50), now: 0)
        #expect(ids(buffer.next()) == (30..<50).map(String.init))
    }

    @Test func whatIsBeingWrittenIsNeverDropped() {
        var buffer = LedgerBuffer(pace)
        _ = buffer.take(records(15), now: 0)
        let writing = ids(buffer.next())
        _ = buffer.take(records(15, from: 15), now: 0)
        #expect(buffer.status(now: 0).dropped == 10)
        buffer.committed()
        #expect(writing == (0..<15).map(String.init))
        #expect(buffer.status(now: 0).written == 15)
        #expect(ids(buffer.next()) == (25..<30).map(String.init))
    }

    @Test func theLagIsTheAgeOfTheOldest() {
        var buffer = LedgerBuffer(pace)
        #expect(buffer.status(now: 9 * second).lagSeconds == 0)
        _ = buffer.take(records(10), now: 10 * second)
        _ = buffer.take(records(1), now: 14 * second)
        #expect(buffer.status(now: 15 * second).lagSeconds == 5)
        _ = buffer.next()
        #expect(buffer.status(now: 16 * second).lagSeconds == 6)
        buffer.committed()
        #expect(buffer.status(now: 16 * second).lagSeconds == 2)
    }

    @Test func whatIsGivenUpIsCounted() {
        var buffer = LedgerBuffer(pace)
        _ = buffer.take(records(3), now: 0)
        #expect(buffer.abandon() == 3)
        #expect(buffer.abandon(2) == 2)
        #expect(buffer.status(now: 0).dropped == 5)
        #expect(buffer.status(now: 0).waiting == 0)
    }
}
