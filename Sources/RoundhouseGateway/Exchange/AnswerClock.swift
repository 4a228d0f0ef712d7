internal import NIOCore
internal import RoundhouseCore

/// The named timeouts of one answer as a pure state machine.
struct AnswerClock {
    /// Which of the model's timeouts is over.
    enum Expiry: Equatable {
        case firstByte, idle, total
    }

    private let timeouts: ModelTimeouts
    private var totalDeadline = NIODeadline.distantFuture
    private var readDeadline = NIODeadline.distantFuture
    private var hasBegun = false
    private var isPaused = false

    init(_ timeouts: ModelTimeouts) {
        self.timeouts = timeouts
    }

    /// The request has been sent.
    mutating func sent(now: NIODeadline) {
        totalDeadline = now + TimeAmount(timeouts.total)
        readDeadline = now + TimeAmount(timeouts.firstByte)
        hasBegun = false
        isPaused = false
    }

    /// The upstream has taken more of a large request: it cannot answer before it has all of it.
    mutating func sending(now: NIODeadline) {
        if !hasBegun, !isPaused { readDeadline = now + TimeAmount(timeouts.firstByte) }
    }

    /// Bytes of the answer's body, or a complete answer without one, came.
    mutating func read(now: NIODeadline) {
        hasBegun = true
        if !isPaused { readDeadline = now + TimeAmount(timeouts.idle) }
    }

    /// Reading stops because the client does not keep up: silence is not the upstream's fault then. What had been read
    /// before may still come by.
    mutating func paused() {
        isPaused = true
        readDeadline = .distantFuture
    }

    /// Reading goes on.
    mutating func resumed(now: NIODeadline) {
        isPaused = false
        readDeadline = now + TimeAmount(hasBegun ? timeouts.idle : timeouts.firstByte)
    }

    /// What is over, if anything.
    func expired(now: NIODeadline) -> Expiry? {
        if now >= totalDeadline { return .total }
        if now >= readDeadline { return hasBegun ? .idle : .firstByte }
        return nil
    }

    /// A sentence about an expiry.
    func explanation(_ expiry: Expiry, model: String) -> String {
        switch expiry {
        case .firstByte:
            "\(model.quotedForMessage) sent nothing for \(timeouts.firstByte.short) (timeouts.first_byte of the model)."
        case .idle:
            "\(model.quotedForMessage) fell silent for \(timeouts.idle.short) in the middle of its answer "
                + "(timeouts.idle of the model)."
        case .total:
            "\(model.quotedForMessage) took longer than \(timeouts.total.short) (timeouts.total of the model)."
        }
    }
}

extension Duration {
    /// `30s`, `0.25s`: as short as it is exact to the millisecond.
    var short: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        if milliseconds % 1000 == 0 { return "\(milliseconds / 1000)s" }
        return "\(milliseconds)ms"
    }
}
