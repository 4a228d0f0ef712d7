import Foundation
import Synchronization
import Testing

@testable import RoundhouseCore

@Suite struct LimitsRaceTests {
    /// Runs `body` on so many threads that begin at the same moment.
    private func race(threads: Int = 8, _ body: @escaping @Sendable (Int) -> Void) {
        let gate = DispatchSemaphore(value: 0)
        let done = DispatchGroup()
        for index in 0..<threads {
            done.enter()
            Thread.detachNewThread {
                gate.wait()
                body(index)
                done.leave()
            }
        }
        for _ in 0..<threads { gate.signal() }
        done.wait()
    }

    private func admitted(
        _ count: Int, _ ask: @escaping @Sendable (Int) -> Result<HeldAdmission, LimitRefusal>
    ) async -> [HeldAdmission] {
        await withTaskGroup(of: HeldAdmission?.self) { group in
            for index in 0..<count { group.addTask { ask(index).held } }
            return await group.reduce(into: []) { if let held = $1 { $0.append(held) } }
        }
    }

    @Test(arguments: [1, 50, 99, 100, 101])
    func ofAHundredAtOnceExactlyTheLimitGetsIn(limit: Int) async {
        let key = LimitSubject(.key, "k", limits: rates(requests: limit))
        let tokens = LimitSubject(.key, "k", limits: rates(tokens: limit * 10 + 9))
        let places = LimitSubject(.key, "k", limits: rates(concurrent: limit))
        let budget = LimitSubject(.key, "k", limits: rates(), budget: .daily(Double(limit) / 4))
        #expect(await admitted(100) { _ in ask(key) }.count == min(100, limit))
        #expect(await admitted(100) { _ in ask(tokens, tokens: 10) }.count == min(100, limit))
        // Whoever is dropped leaves its place, so that these must be held.
        let held = await admitted(100) { _ in ask(places) }
        #expect(held.count == min(100, limit))
        #expect(places.reading(now: .at(0)).active == held.count)
        let priced = await admitted(100) { _ in ask(budget, cost: Money(units: 0.25)) }
        #expect(priced.count == min(100, limit))
    }

    @Test(arguments: 0..<20)
    func ofAHundredThatNeedSeveralNoLimitIsExceededAndTheRestStaysFree(round: Int) async {
        let keys = (0..<4).map { LimitSubject(.key, "k\($0)", limits: rates(requests: 20)) }
        let team = LimitSubject(.team, "t", limits: rates(requests: 60, tokens: 6000))
        let model = LimitSubject(.model, "m", limits: rates(concurrent: 37), budget: .daily(10))
        let held = await admitted(100) { index in
            ask(keys[index % 4], team, model, tokens: 100, cost: Money(units: 0.25))
        }
        #expect(held.count <= 37 && held.count > 0)
        #expect(keys.reduce(0) { $0 + $1.reading(now: .at(0)).requests } == held.count)
        #expect(team.reading(now: .at(0)).requests == held.count)
        #expect(team.reading(now: .at(0)).tokens == held.count * 100)
        #expect(model.reading(now: .at(0)).reserved == Money(units: 0.25 * Double(held.count)))
        // One after the other, the rest of the places are all to be had.
        let more = (0..<100).compactMap { ask(keys[$0 % 4], team, model, tokens: 100, cost: Money(units: 0.25)).held }
        #expect(held.count + more.count == 37)
        for one in held + more { one.settle(tokens: 10, cost: Money(units: 0.01)) }
        #expect(team.reading(now: .at(0)).tokens == 370)
        #expect(model.reading(now: .at(0)).active == 0)
        #expect(model.reading(now: .at(0)).spent == Money(units: 0.37))
        #expect(model.reading(now: .at(0)).reserved == .zero)
    }

    /// Many threads, a clock that moves, all that can happen to a request: nothing is lost and nothing is exceeded.
    @Test func threadsThatComeAndGoLeaveNothingBehind() {
        let keys = (0..<3).map { LimitSubject(.key, "k\($0)", limits: rates(tokens: 4000, concurrent: 3)) }
        let team = LimitSubject(.team, "t", limits: rates(requests: 150, concurrent: 5), budget: .daily(40))
        let clock = Atomic<Int>(0)
        let running = Atomic<Int>(0)
        let counts = Mutex((admitted: [Int: Int](), most: 0, spent: Int64(0)))
        race { thread in
            var random = SeededRandom(UInt64(thread))
            for _ in 0..<3000 {
                let now = clock.add(random.below(20), ordering: .sequentiallyConsistent).newValue
                let time = Double(now) / 1000
                guard
                    let held = ask(
                        random.pick(keys), team, tokens: random.below(200), cost: Money(billionths: 3), at: time
                    ).held
                else { continue }
                let most = running.add(1, ordering: .sequentiallyConsistent).newValue
                let later = clock.load(ordering: .sequentiallyConsistent)
                counts.withLock {
                    // If the others went on to another second meanwhile, nobody knows in which of them it was counted.
                    if later / 1000 == now / 1000 { $0.admitted[now / 1000, default: 0] += 1 }
                    $0.most = max($0.most, most)
                }
                let end = Double(later) / 1000
                running.subtract(1, ordering: .sequentiallyConsistent)
                switch random.below(4) {
                case 0: held.settle(tokens: nil, at: end)
                case 1: held.drop()
                default:
                    held.settle(tokens: random.below(300), cost: Money(billionths: 2), at: end)
                    counts.withLock { $0.spent += 2 }
                }
            }
        }
        let (admitted, most, spent) = counts.withLock { $0 }
        #expect(most <= 5)
        for second in admitted.keys {
            let minute = (second - 60...second).reduce(0) { $0 + (admitted[$1] ?? 0) }
            #expect(minute <= 150, "in the minute before \(second)")
        }
        let end = Double(clock.load(ordering: .relaxed)) / 1000
        for subject in keys + [team] { #expect(subject.reading(now: .at(end)).active == 0) }
        let reading = team.reading(now: .at(end))
        #expect(reading.spent == Money(billionths: spent) && reading.reserved == .zero)
        #expect(keys.contains { $0.reading(now: .at(end)).refusals.tokens > 0 })
        for subject in keys + [team] {
            let later = subject.reading(now: .at(end + 62))
            #expect(later.tokens == 0 && later.requests == 0)
        }
        // Whether the team's minute was full in the race is the scheduler's business; that it fills up as ever afterwards is not.
        let calm = end + 300
        let admittedAfterwards = (0..<200).filter { number in
            guard let held = ask(keys[number % 3], team, tokens: 1, at: calm).held else { return false }
            held.settle(tokens: 0, at: calm)
            return true
        }
        #expect(admittedAfterwards.count == 150 && team.reading(now: .at(calm)).refusals.requests >= 50)
    }
}
