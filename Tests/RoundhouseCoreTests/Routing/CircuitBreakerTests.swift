import Testing

@testable import RoundhouseCore

@Suite struct CircuitBreakerTests {
    private let second: Int64 = 1_000_000_000

    @Test func threeFailuresInARowOpenIt() {
        var breaker = CircuitBreaker()
        for _ in 0..<2 { breaker.failed(now: 0) }
        breaker.succeeded(now: 0)
        for _ in 0..<2 { breaker.failed(now: 0) }
        #expect(breaker.wait(now: 0) == nil)
        breaker.failed(now: 0)
        #expect(breaker.wait(now: 0) == 5 * second && breaker.phase == .open(until: 5 * second))
    }

    @Test func halfOfManyOpenIt() {
        var breaker = CircuitBreaker()
        for _ in 0..<5 {
            breaker.succeeded(now: 0)
            breaker.failed(now: 0)
        }
        #expect(breaker.wait(now: 0) != nil)
    }

    @Test func whatIsLongAgoDoesNotCount() {
        var breaker = CircuitBreaker()
        for step in 0..<20 {
            let now = Int64(step) * 31 * second
            breaker.failed(now: now)
            breaker.succeeded(now: now)
        }
        #expect(breaker.phase == .closed)
    }

    @Test func oneTrialIsLetThroughAndPausesGrow() {
        var breaker = CircuitBreaker()
        for _ in 0..<3 { breaker.failed(now: 0) }
        var now: Int64 = 0
        for pause: Int64 in [5, 10, 20, 40, 60, 60] {
            #expect(breaker.wait(now: now) == pause * second)
            now += pause * second
            #expect(breaker.wait(now: now) == nil)
            breaker.begin(now: now)
            #expect(breaker.wait(now: now) != nil, "a second one waits for the trial")
            breaker.failed(now: now)
        }
        now += 60 * second
        breaker.begin(now: now)
        breaker.succeeded(now: now)
        #expect(breaker.phase == .closed && breaker.wait(now: now) == nil)
    }

    @Test func aTrialThatSaysNothingIsFollowedByAnother() {
        var breaker = CircuitBreaker()
        for _ in 0..<3 { breaker.failed(now: 0) }
        breaker.begin(now: 5 * second)
        breaker.abandoned(now: 6 * second)
        #expect(breaker.wait(now: 6 * second) == nil)
        breaker.begin(now: 6 * second)
        #expect(breaker.wait(now: 66 * second) == nil, "it was never heard of again")
    }

    @Test func aProbeShortensTheWait() {
        var breaker = CircuitBreaker()
        for _ in 0..<3 { breaker.failed(now: 0) }
        #expect(breaker.wantsProbe)
        breaker.probed(now: second)
        #expect(breaker.wait(now: second) == nil && breaker.phase != .closed)
        breaker.begin(now: second)
        breaker.failed(now: second)
        breaker.probed(now: 2 * second)
        #expect(breaker.wait(now: 2 * second) == 9 * second, "the probe was wrong once")
    }

    @Test func aPauseThatIsAskedForIsKept() {
        var breaker = CircuitBreaker()
        breaker.pause(seconds: 20, now: 0)
        #expect(breaker.wait(now: 19 * second) == second && breaker.wait(now: 20 * second) == nil)
        #expect(breaker.phase == .closed)
        breaker.pause(seconds: .max, now: 0)
        #expect(breaker.wait(now: 0) == 600 * second)
    }
}
