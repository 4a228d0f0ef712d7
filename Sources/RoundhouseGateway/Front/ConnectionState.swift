internal import NIOCore

/// The life of one client connection as a pure state machine: whose turn it is, what may be waited for, and how it ends.
///
/// One request is in flight at a time. What a client sends ahead of its answer is held back, and reading stops until
/// the answer is out. A client that closes its side, or half of it, counts as gone: no client of these APIs half-closes
/// and then reads.
struct ConnectionState {
    enum Phase: Equatable {
        /// Between requests.
        case waiting
        /// Some bytes of a head have come.
        case headArriving
        /// The head is there, the body is on its way.
        case receiving
        /// The request is complete; its answer is not.
        case responding
        /// The answer was given before the request was complete; the rest of it is thrown away, within limits.
        case lingering
        /// Nothing more happens.
        case closed
    }

    /// What to do with a part of a request.
    enum PartAction: Equatable {
        /// It belongs to the current request.
        case take
        /// It belongs to a later one: keep it, stop reading.
        case hold
        /// Nobody wants it.
        case discard
        /// Nobody wants it, and enough has been thrown away.
        case close
    }

    /// What to do when an answer has been written.
    enum EndAction: Equatable {
        /// Go on with what was held back, or wait for the next request.
        case next
        /// Close our side, then throw away what still comes, so that the kernel does not reset the answer away.
        case linger
        /// Close.
        case close
    }

    /// What to do because time has passed.
    enum TimeAction: Equatable {
        /// Nothing.
        case none
        /// Answer 408 for a head that did not come.
        case answerHeadTimeout
        /// Answer 408 for a body that did not come.
        case answerBodyTimeout
        /// Close without an answer.
        case close
    }

    private(set) var phase = Phase.waiting
    private(set) var deadline: NIODeadline
    private var bodyStarted = NIODeadline.uptimeNanoseconds(0)
    private var bodyBytes = 0
    private var heldSince = NIODeadline.uptimeNanoseconds(0)
    private var discarded = 0
    private var unsentBefore = Int.max
    private var unsentSince = NIODeadline.uptimeNanoseconds(0)
    private let settings: Timeouts

    /// The times that a connection is held to.
    struct Timeouts {
        var header: TimeAmount
        var body: TimeAmount
        var idle: TimeAmount
        var linger: TimeAmount = .seconds(2)
    }

    /// The slowest body that is waited for, in bytes per second, once `body` is over.
    private static let slowestBody = 1024
    /// How much of an unwanted body is read before the connection is closed on it.
    private static let lingerBytes = 1 << 20

    /// A connection that was just accepted; its first head must come within the header timeout.
    init(timeouts: Timeouts, now: NIODeadline) {
        settings = timeouts
        deadline = now + timeouts.header
    }

    /// Bytes came in from which no part of a request could be made yet.
    mutating func bytesWithoutPart(now: NIODeadline) {
        guard phase == .waiting else { return }
        phase = .headArriving
        deadline = now + settings.header
    }

    /// A request's head came.
    mutating func head(now: NIODeadline) -> PartAction {
        switch phase {
        case .waiting, .headArriving:
            phase = .receiving
            bodyStarted = now
            bodyBytes = 0
            deadline = now + settings.body
            return .take
        case .receiving, .responding: return .hold
        case .lingering, .closed: return .discard
        }
    }

    /// A piece of a body came.
    mutating func body(_ count: Int, now: NIODeadline) -> PartAction {
        switch phase {
        case .receiving:
            bodyBytes += count
            let earned = TimeAmount.seconds(Int64(bodyBytes / Self.slowestBody))
            deadline = min(now + settings.body, bodyStarted + settings.body + earned)
            return .take
        case .responding: return .hold
        case .lingering:
            discarded += count
            return discarded > Self.lingerBytes ? .close : .discard
        case .waiting, .headArriving, .closed: return .discard
        }
    }

    /// The body is not read any more, because we cannot keep up; the client is not to blame for the time that passes.
    mutating func bodyHeld(now: NIODeadline) {
        guard phase == .receiving else { return }
        heldSince = now
        deadline = .distantFuture
    }

    /// The body is read again.
    mutating func bodyReleased(now: NIODeadline) {
        guard phase == .receiving else { return }
        bodyStarted = bodyStarted + (now - heldSince)
        deadline = now + settings.body
    }

    /// A request's end came.
    mutating func end() -> PartAction {
        switch phase {
        case .receiving:
            phase = .responding
            deadline = .distantFuture
            return .take
        case .responding: return .hold
        case .lingering, .waiting, .headArriving, .closed: return .discard
        }
    }

    /// The answer has been written, `keepAlive` unless the connection must end with it.
    mutating func answered(keepAlive: Bool, now: NIODeadline) -> EndAction {
        unsentBefore = .max
        switch phase {
        case .responding where keepAlive:
            phase = .waiting
            deadline = now + settings.idle
            return .next
        case .responding:
            return linger(now: now)
        case .receiving, .waiting, .headArriving:
            return linger(now: now)
        case .lingering, .closed:
            return .close
        }
    }

    private mutating func linger(now: NIODeadline) -> EndAction {
        phase = .lingering
        discarded = 0
        deadline = now + settings.linger
        return .linger
    }

    /// Whether closing the connection now loses nothing.
    var isIdle: Bool { phase == .waiting }

    /// The connection is gone.
    mutating func closed() {
        phase = .closed
        deadline = .distantFuture
    }

    /// Time has passed. `unsent` are bytes of answers that the client has not taken yet.
    mutating func tick(now: NIODeadline, unsent: @autoclosure () -> Int) -> TimeAction {
        guard now >= deadline else { return .none }
        if phase == .waiting || phase == .lingering, waits(for: unsent(), now: now) { return .none }
        deadline = .distantFuture
        switch phase {
        case .waiting, .lingering: return .close
        case .headArriving: return .answerHeadTimeout
        case .receiving: return .answerBodyTimeout
        case .responding, .closed: return .none
        }
    }

    /// Whether a client that reads slowly is waited for: as long as it takes something within each idle time, and then
    /// for as long as if it had just taken all.
    private mutating func waits(for unsent: Int, now: NIODeadline) -> Bool {
        guard unsent > 0 else {
            guard unsentBefore != .max else { return false }
            unsentBefore = .max
            deadline = now + (phase == .lingering ? settings.linger : settings.idle)
            return true
        }
        if unsent < unsentBefore {
            unsentBefore = unsent
            unsentSince = now
        }
        return now < unsentSince + settings.idle
    }
}
