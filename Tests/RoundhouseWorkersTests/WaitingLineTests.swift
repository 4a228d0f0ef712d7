import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

@Suite struct WaitingLineTests {
    private func line(_ callers: [(key: String?, priority: Priority)], at seconds: Double = 0) -> WaitingLine {
        var line = WaitingLine()
        for (index, caller) in callers.enumerated() {
            line.append(UInt64(index + 1), LeaseCaller(key: caller.key, priority: caller.priority), now: at(seconds))
        }
        return line
    }

    private func served(_ line: WaitingLine, at seconds: Double = 0) -> [UInt64] {
        var line = line
        var tickets: [UInt64] = []
        while let entry = line.next(now: at(seconds)) { tickets.append(entry.ticket) }
        return tickets
    }

    @Test func oneKeyIsServedInItsOrder() {
        let line = line([("a", .normal), ("a", .normal), ("a", .normal)])
        #expect(served(line) == [1, 2, 3])
        #expect(line.order(now: at(0)).map(\.ticket) == [1, 2, 3])
    }

    @Test func keysTakeTurns() {
        let line = line([
            ("a", .normal), ("a", .normal), ("a", .normal), ("b", .normal), ("b", .normal), (nil, .normal),
        ])
        #expect(served(line) == [1, 4, 6, 2, 5, 3])
        #expect(line.order(now: at(0)).map(\.ticket) == [1, 4, 6, 2, 5, 3])
    }

    @Test func whoComesLateWaitsForOneOfTheOthersAndNotForAll() {
        var line = line(Array(repeating: ("a", .normal), count: 100))
        for _ in 0..<50 { _ = line.next(now: at(0)) }
        line.append(200, LeaseCaller(key: "b"), now: at(1))
        #expect(Array(served(line).prefix(2)).contains(200))
    }

    @Test func aKeyThatComesBackDoesNotGoBeforeThoseWhoWait() {
        var line = line([("a", .normal), ("b", .normal)])
        #expect(line.next(now: at(0))?.ticket == 1)
        line.append(3, LeaseCaller(key: "a"), now: at(0))
        #expect(served(line) == [2, 3])
    }

    @Test func higherPrioritiesGoFirstUntilTheOthersHaveWaitedTooLong() {
        var line = line([("a", .low), ("b", .normal), ("c", .high)])
        #expect(served(line) == [3, 2, 1])
        line.append(4, LeaseCaller(key: "d", priority: .high), now: at(29))
        #expect(served(line, at: 29) == [3, 4, 2, 1])
        #expect(served(line, at: 30) == [1, 2, 3, 4])
    }

    @Test func whoLeavesIsForgotten() {
        var line = line([("a", .normal), ("a", .normal), ("b", .normal)])
        line.remove(1)
        line.remove(9)
        #expect(line.count == 2 && served(line) == [3, 2])
        #expect(line.removeAll { $0.caller.key == "a" }.map(\.ticket) == [2])
        #expect(line.removeAll().map(\.ticket) == [3] && line.isEmpty && line.oldest == nil)
    }
}
