/// Whether an endpoint is to be asked, judged by what came of asking it. A pure state machine: it takes the time, in
/// nanoseconds of a monotonic clock, and locks nothing.
///
/// *Closed*: requests go there. It opens after three failures in a row, or when half of ten or more requests of the last half
/// minute have failed. *Open*: nothing goes there for 5 s, then 10, 20, 40 and at most 60 s for each time that it opened again.
/// *Half open*: one request is let through as a trial, or a probe asks; a success closes it, a failure opens it again.
public struct CircuitBreaker: Sendable, Equatable {
    /// Where it stands.
    public enum Phase: Sendable, Equatable {
        /// Requests go there.
        case closed
        /// None do, until then.
        case open(until: Int64)
        /// One is on its way there since then.
        case trial(since: Int64)
    }

    /// Where it stands.
    public private(set) var phase = Phase.closed
    /// The other side has asked for a pause until then.
    private var pausedUntil: Int64 = 0
    private var wasProbed = false
    private var probesErr = false
    private var failuresInARow = 0
    private var openings = 0
    private var windowStart: Int64 = 0
    private var requests = 0
    private var failures = 0

    static let failuresToOpen = 3
    static let leastRequests = 10
    static let window: Int64 = 30_000_000_000
    static let firstPause: Int64 = 5_000_000_000
    static let longestPause: Int64 = 60_000_000_000
    /// A trial that nobody hears of again does not keep others away for ever.
    static let trialLimit: Int64 = 60_000_000_000
    /// The longest pause that an upstream can ask for, in seconds.
    static let longestRequestedPause = 600

    /// A closed one.
    public init() {}

    /// Nanoseconds until a request may go there; nil if one may now.
    public func wait(now: Int64) -> Int64? {
        if now < pausedUntil { return pausedUntil - now }
        switch phase {
        case .closed: return nil
        case .open(let until): return now < until ? until - now : nil
        case .trial(let since): return now - since < Self.trialLimit ? 1_000_000_000 : nil
        }
    }

    /// A request goes there, after `wait` said that it may.
    public mutating func begin(now: Int64) {
        switch phase {
        case .closed: break
        case .open, .trial: phase = .trial(since: now)
        }
    }

    /// It answered, whatever it said, so long as it is there and works.
    public mutating func succeeded(now: Int64) {
        count(failed: false, now: now)
        failuresInARow = 0
        if phase != .closed {
            phase = .closed
            (wasProbed, probesErr) = (false, false)
            openings = 0
            (requests, failures) = (0, 0)
        }
    }

    /// It could not be reached, broke off, was silent for too long, or said that it cannot.
    public mutating func failed(now: Int64) {
        count(failed: true, now: now)
        failuresInARow += 1
        switch phase {
        case .closed:
            let isHalf = requests >= Self.leastRequests && failures * 2 >= requests
            if failuresInARow >= Self.failuresToOpen || isHalf { open(now: now) }
        case .trial: open(now: now)
        // Of a request that began before it opened; that is known already.
        case .open: break
        }
    }

    /// What came of a request says nothing of the endpoint: its client has left.
    public mutating func abandoned(now: Int64) {
        if case .trial = phase { phase = .open(until: now) }
    }

    /// A probe has found it well, so that it need not wait any longer for a trial. One that was wrong about that is not believed again
    /// before a request has succeeded.
    public mutating func probed(now: Int64) {
        guard case .open(let until) = phase, !probesErr, now < until else { return }
        phase = .open(until: now)
        wasProbed = true
    }

    /// It has asked for a pause (429, 503 with `Retry-After`), which is no failure.
    public mutating func pause(seconds: Int, now: Int64) {
        let length = Int64(min(max(0, seconds), Self.longestRequestedPause)) * 1_000_000_000
        pausedUntil = max(pausedUntil, now + length)
        abandoned(now: now)
    }

    /// Whether a probe would be of use.
    public var wantsProbe: Bool {
        if case .open = phase { !probesErr } else { false }
    }

    private mutating func open(now: Int64) {
        if wasProbed { probesErr = true }
        let pause = min(Self.firstPause << Int64(min(openings, 8)), Self.longestPause)
        openings += 1
        phase = .open(until: now + pause)
    }

    private mutating func count(failed: Bool, now: Int64) {
        if now - windowStart >= Self.window {
            windowStart = now
            (requests, failures) = (0, 0)
        }
        requests += 1
        if failed { failures += 1 }
    }
}
