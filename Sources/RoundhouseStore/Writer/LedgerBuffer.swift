internal import RoundhouseCore

/// The records that wait to be written, and when to try. Pure: the ledger tells it the time, in nanoseconds of a clock that
/// never jumps, and does what it answers.
struct LedgerBuffer {
    /// When the ledger is to write next.
    enum Wake: Equatable {
        /// It has been told already.
        case asArranged
        /// After so many nanoseconds, with this ticket.
        case after(Int64, ticket: Int)
    }

    /// What to say to people about a failure.
    enum Alarm: Equatable {
        /// Nothing, it has been said a short time ago.
        case none
        case failing
    }

    /// What a failure that is over came to.
    struct Recovery: Equatable {
        var nanoseconds: Int64
        var dropped: Int
    }

    private struct Chunk {
        var records: ArraySlice<RequestRecord>
        var takenAt: Int64
    }

    private struct Failure {
        var why: String
        var since: Int64
        var lastAlarm: Int64
        var attempts: Int
        var droppedBefore: Int
    }

    private let pace: LedgerPace
    private var chunks: [Chunk] = []
    /// So many chunks at the front are being written.
    private var writing = 0
    private var waiting = 0
    private var written = 0
    private var dropped = 0
    private var failure: Failure?
    private var arranged: (isNow: Bool, ticket: Int)?
    private var tickets = 0

    private static let mergedChunk = 1024

    init(_ pace: LedgerPace) {
        self.pace = pace
    }

    var isFailing: Bool { failure != nil }

    // MARK: Taking

    /// Takes records; drops the oldest beyond the limit.
    mutating func take(_ records: [RequestRecord], now: Int64) -> Wake {
        guard !records.isEmpty else { return .asArranged }
        waiting += records.count
        if failure != nil, chunks.count > writing, chunks[chunks.count - 1].records.count < Self.mergedChunk {
            // Long queues of small pieces would make dropping slow.
            chunks[chunks.count - 1].records.append(contentsOf: records)
        } else {
            chunks.append(Chunk(records: records[...], takenAt: now))
        }
        while waiting > pace.waitingLimit, chunks.count > writing { dropOldest(waiting - pace.waitingLimit) }
        if failure != nil { return .asArranged }
        return waiting >= pace.batch ? arrange(0) : arrange(pace.interval.nanoseconds)
    }

    private mutating func dropOldest(_ excess: Int) {
        let count = min(excess, chunks[writing].records.count)
        chunks[writing].records.removeFirst(count)
        if chunks[writing].records.isEmpty { chunks.remove(at: writing) }
        waiting -= count
        dropped += count
    }

    private mutating func arrange(_ nanoseconds: Int64) -> Wake {
        if let arranged, arranged.isNow || nanoseconds > 0 { return .asArranged }
        tickets += 1
        arranged = (nanoseconds == 0, tickets)
        return .after(nanoseconds, ticket: tickets)
    }

    // MARK: Writing

    /// A wake has come.
    /// - Returns: whether it is still the one that counts.
    mutating func woken(_ ticket: Int) -> Bool {
        guard arranged?.ticket == ticket else { return false }
        arranged = nil
        return true
    }

    /// The oldest records, as many as make a transaction; nil if there are none. Followed by `committed` or `failed`.
    mutating func next() -> [ArraySlice<RequestRecord>]? {
        guard !chunks.isEmpty else { return nil }
        var batch: [ArraySlice<RequestRecord>] = []
        var count = 0
        for chunk in chunks {
            batch.append(chunk.records)
            count += chunk.records.count
            if count >= pace.batch { break }
        }
        writing = batch.count
        return batch
    }

    /// The records that `next` gave are in the database.
    mutating func committed() {
        let count = chunks.prefix(writing).reduce(0) { $0 + $1.records.count }
        chunks.removeFirst(writing)
        writing = 0
        waiting -= count
        written += count
    }

    /// Writing works. Ends a failure, if there was one.
    mutating func succeeded(now: Int64) -> Recovery? {
        guard let failure else { return nil }
        self.failure = nil
        return Recovery(nanoseconds: now - failure.since, dropped: dropped - failure.droppedBefore)
    }

    /// Writing has failed; the records that `next` gave stay the oldest ones.
    mutating func failed(_ why: String, now: Int64) -> (alarm: Alarm, wake: Wake) {
        writing = 0
        var failure = self.failure ?? Failure(why: why, since: now, lastAlarm: now, attempts: 0, droppedBefore: dropped)
        let isDue = failure.attempts == 0 || now - failure.lastAlarm >= pace.alarmInterval.nanoseconds
        if isDue { failure.lastAlarm = now }
        failure.why = why
        failure.attempts += 1
        self.failure = failure
        let doubled = pace.retry.nanoseconds << Int64(min(failure.attempts - 1, 20))
        return (isDue ? .failing : .none, arrange(min(doubled, pace.longestRetry.nanoseconds)))
    }

    /// Gives up what waits, and everything that may still come.
    /// - Returns: how many that is.
    mutating func abandon(_ records: Int = 0) -> Int {
        let count = waiting + records
        dropped += count
        (chunks, writing, waiting) = ([], 0, 0)
        return count
    }

    // MARK: Telling

    /// The part of the status that is known here.
    func status(now: Int64) -> LedgerStatus {
        var status = LedgerStatus()
        (status.written, status.waiting, status.dropped) = (written, waiting, dropped)
        if let oldest = chunks.first { status.lagSeconds = Double(now - oldest.takenAt) / 1e9 }
        status.failure = failure?.why
        status.failingSeconds = failure.map { Double(now - $0.since) / 1e9 }
        return status
    }
}

extension Duration {
    /// Whole nanoseconds.
    var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
