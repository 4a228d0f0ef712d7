import Testing

@testable import RoundhouseCore

private let second: Int64 = 1_000_000_000

@Suite struct LimitsSlidingMinuteTests {
    @Test func letsInWhatTheLimitAllowsAndNoMore() {
        var minute = SlidingMinute()
        let taken = (0..<100).filter { _ in minute.take(1, limit: 60, now: 5 * second) != nil }
        #expect(taken.count == 60)
        #expect(minute.total == 60)
        #expect(minute.take(0, limit: 60, now: 5 * second) != nil)
    }

    @Test func roomComesBackWhenTheWholeSecondIsOlderThanAMinute() {
        var minute = SlidingMinute()
        #expect(minute.take(1, limit: 1, now: 1_900_000_000) == 1)
        #expect(minute.take(1, limit: 1, now: 62 * second - 1) == nil)
        #expect(minute.take(1, limit: 1, now: 62 * second) == 62)
    }

    @Test func aTakeLargerThanTheRestTakesNothing() {
        var minute = SlidingMinute()
        #expect(minute.take(70, limit: 100, now: 0) != nil)
        #expect(minute.take(31, limit: 100, now: second) == nil)
        #expect(minute.take(30, limit: 100, now: second) != nil)
        #expect(minute.total == 100)
    }

    @Test func saysWhenThereWillBeRoom() {
        var minute = SlidingMinute()
        minute.add(50, now: 10 * second + 1)
        minute.add(40, now: 20 * second + 2)
        #expect(minute.wait(for: 10, limit: 100, now: 30 * second) == 0)
        #expect(minute.wait(for: 11, limit: 100, now: 30 * second) == 41 * second)
        #expect(minute.wait(for: 60, limit: 100, now: 30 * second) == 41 * second)
        #expect(minute.wait(for: 61, limit: 100, now: 30 * second + 7) == 51 * second - 7)
        #expect(minute.wait(for: 100, limit: 100, now: 30 * second) == 51 * second)
        #expect(minute.wait(for: 101, limit: 100, now: 30 * second) == nil)
        #expect(minute.reset(now: 30 * second) == 51 * second)
        #expect(minute.reset(now: 81 * second) == 0)
    }

    @Test func whatIsGivenBackLeavesItsOwnSecond() {
        var minute = SlidingMinute()
        let first = minute.add(100, now: 0)
        minute.add(10, now: 30 * second)
        minute.giveBack(60, countedIn: first)
        #expect(minute.total == 50)
        #expect(minute.used(now: 61 * second) == 10)
        minute.giveBack(40, countedIn: first)
        #expect(minute.total == 10, "what is forgotten cannot be given back")
        minute.giveBack(99, countedIn: 30)
        #expect(minute.total == 0)
        minute.giveBack(1, countedIn: 99)
        #expect(minute.total == 0)
    }

    @Test func clocksThatComeInAnotherOrderChangeNothing() {
        var minute = SlidingMinute()
        minute.add(1, now: 100 * second)
        #expect(minute.add(1, now: 99 * second) == 100)
        #expect(minute.take(1, limit: 2, now: 39 * second) == nil)
        #expect(minute.add(1, now: -5) == 100)
        #expect(minute.used(now: 161 * second) == 0)
    }

    @Test func sumsThatAreTooLargeStopAndAreForgotten() {
        var minute = SlidingMinute()
        for time in 0..<60 { for _ in 0..<3 { minute.add(.max, now: Int64(time) * second) } }
        #expect(minute.total > 0)
        #expect(minute.take(1, limit: .max, now: 60 * second) != nil)
        #expect(minute.take(.max, limit: .max, now: 60 * second) == nil)
        #expect(minute.used(now: 121 * second) == 0)
        #expect(minute.used(now: .max) == 0)
    }

    @Test func aLimitOfNothingLetsNothingIn() {
        var minute = SlidingMinute()
        #expect(minute.take(1, limit: 0, now: 0) == nil)
        #expect(minute.wait(for: 1, limit: 0, now: 0) == nil)
    }
}

@Suite struct LimitsSlidingMinutePropertyTests {
    /// What was let in, kept one by one.
    private struct Plain {
        var events: [(time: Int64, count: Int)] = []

        /// Of the 60 seconds that end at a moment, both ends included.
        func inMinute(before now: Int64) -> Int { sum { $0 >= now - 60 * second } }

        /// Of the whole seconds that no minute ending in this one can do without.
        func inBuckets(before now: Int64) -> Int { sum { $0 / second >= now / second - 60 } }

        private func sum(_ counts: (Int64) -> Bool) -> Int {
            events.reduce(0) { counts($1.time) ? $0 + $1.count : $0 }
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func noMinuteHoldsMoreThanTheLimitAndNothingIsRefusedForNothing(seed: UInt64) {
        var random = SeededRandom(seed)
        let limit = 1 + random.below(60)
        // From bursts in a millisecond to pauses of more than a minute.
        let pauses = [1_000, 40_000_000, second / 2, 3 * second, 70 * second]
        var minute = SlidingMinute()
        var plain = Plain()
        var now = Int64(random.below(1_000_000_000)) * 100
        var refused = 0
        for _ in 0..<4000 {
            now += Int64(random.below(Int(random.pick(pauses.dropLast(random.below(4))))))
            let count = 1 + random.below(min(limit, 8))
            let wait = minute.wait(for: count, limit: limit, now: now)
            if minute.take(count, limit: limit, now: now) != nil {
                plain.events.append((now, count))
                #expect(wait == 0)
                #expect(plain.inMinute(before: now) <= limit)
            } else {
                refused += 1
                #expect(plain.inBuckets(before: now) + count > limit)
                guard let wait, wait > 0 else {
                    Issue.record("refused \(count) of \(limit) without a time to wait")
                    continue
                }
                var early = minute
                #expect(early.take(count, limit: limit, now: now + wait - 1) == nil)
                var then = minute
                #expect(then.take(count, limit: limit, now: now + wait) != nil)
            }
            #expect(minute.total == plain.inBuckets(before: now))
            if plain.events.count > 300 { plain.events.removeFirst(150) }
        }
        #expect(refused > 100)
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func givingBackIsAsIfItHadNeverBeen(seed: UInt64) {
        var random = SeededRandom(seed)
        var minute = SlidingMinute()
        var plain = Plain()
        var now: Int64 = 0
        for _ in 0..<3000 {
            now += Int64(random.below(Int(4 * second)))
            if random.one(in: 3), let index = plain.events.indices.randomElement(using: &random) {
                let part = random.below(plain.events[index].count + 1)
                minute.giveBack(part, countedIn: Int(plain.events[index].time / second))
                if plain.events[index].time / second >= now / second - 60 { plain.events[index].count -= part }
            } else {
                plain.events.append((now, random.below(1000)))
                minute.add(plain.events[plain.events.count - 1].count, now: now)
            }
            #expect(minute.used(now: now) == plain.inBuckets(before: now))
            let newest = plain.events.last { $0.count > 0 && $0.time / second >= now / second - 60 }
            #expect(minute.reset(now: now) == (newest.map { ($0.time / second + 61) * second - now } ?? 0))
            if plain.events.count > 200 { plain.events.removeFirst(100) }
        }
    }
}
