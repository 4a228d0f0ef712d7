private import Dispatch
public import Logging
public import RoundhouseCore
internal import Synchronization

/// The ledger: a record for each request, daily sums of them, and the chain of escalations, in one SQLite file.
///
/// Records are taken in memory and written by a queue of the ledger's own, some times a second: a process that is killed
/// loses less than a second of them. A power cut can take some seconds more, because only a write that holds an escalation
/// waits for the disk. Whatever goes wrong with the disk costs no request: records wait in memory and are written later,
/// the oldest are dropped if it takes too long, and the log says so. Only a ledger that is required closes the gateway
/// meanwhile.
public final class Ledger: RecordSink {
    /// The files. For asking, open a `LedgerReader` on the database, for each question a new one if you like.
    public let paths: LedgerPaths
    private let pace: LedgerPace
    private let logger: Logger
    private let clock: @Sendable () -> Int64
    private let queue = DispatchQueue(label: "roundhouse.ledger", qos: .utility)
    private let buffer: Mutex<LedgerBuffer>
    private let chain = Mutex(ChainState())
    /// Used on the queue alone; the lock says so to the compiler.
    private let writer: Mutex<LedgerWriter?>
    private let settings: Mutex<LedgerSettings>
    private let isRefusing = Atomic(false)
    private let isClosed = Atomic(false)

    private struct ChainState {
        var head: ChainHead?
        var failure: String?
        var problems: [String] = []
    }

    /// Opens the ledger of a data folder, or makes it.
    ///
    /// If the disk does not allow that at the moment, a ledger that is not required is made all the same, and goes on trying.
    /// - Throws: `LedgerError` if the file is damaged or too new, and, if it is required, for every other reason too.
    public convenience init(
        dataDirectory: String, settings: LedgerSettings, pace: LedgerPace = LedgerPace(), logger: Logger
    ) throws {
        try self.init(
            paths: LedgerPaths(dataDirectory: dataDirectory), settings: settings, pace: pace, logger: logger,
            clock: WallClock.seconds)
    }

    /// The same with a clock, in seconds since 1970.
    init(
        paths: LedgerPaths, settings: LedgerSettings, pace: LedgerPace, logger: Logger,
        clock: @escaping @Sendable () -> Int64
    ) throws {
        self.paths = paths
        self.pace = pace
        self.logger = logger
        self.clock = clock
        self.settings = Mutex(settings)
        buffer = Mutex(LedgerBuffer(pace))
        writer = Mutex(nil)
        do {
            try queue.sync { try writer.withLock { try open(&$0) } }
        } catch {
            let problem = LedgerError(error, path: paths.database)
            if case .unusable = problem, !settings.isRequired { fail(problem.description) } else { throw problem }
        }
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(pace.retentionPause.nanoseconds))) { [weak self] in
            self?.retain()
        }
    }

    // MARK: Taking

    /// Takes records. Costs a lock and an append; nothing is written here.
    public func take(_ records: [RequestRecord]) {
        wake(
            buffer.withLock { buffer in
                guard !isClosed.load(ordering: .relaxed) else {
                    _ = buffer.abandon(records.count)
                    return .asArranged
                }
                return buffer.take(records, now: MonotonicClock.nanoseconds())
            })
    }

    /// False only while a required ledger cannot be written.
    public var isAccepting: Bool { !isRefusing.load(ordering: .relaxed) }

    /// How it is doing. Cheap.
    public var status: LedgerStatus {
        var status = buffer.withLock { $0.status(now: MonotonicClock.nanoseconds()) }
        chain.withLock { chain in
            (status.head, status.headFailure, status.chainProblems) = (chain.head, chain.failure, chain.problems)
        }
        return status
    }

    /// Takes over settings that were changed, from the next write on.
    public func apply(_ settings: LedgerSettings) {
        self.settings.withLock { $0 = settings }
        buffer.withLock { refuse($0.isFailing) }
    }

    // MARK: Writing

    /// Writes what waits, now, and returns when that is done or has failed. Blocks: not for event loops.
    public func flush() {
        queue.sync { write() }
    }

    /// Writes what waits and closes the files. What comes later is dropped. Blocks: not for event loops.
    /// - Returns: how it ended; if writing failed at last, `dropped` tells how much was lost.
    @discardableResult
    public func close() -> LedgerStatus {
        queue.sync {
            guard !isClosed.load(ordering: .acquiring) else { return }
            write()
            isClosed.store(true, ordering: .releasing)
            let lost = buffer.withLock { $0.abandon() }
            if lost > 0 {
                logger.error("\(lost) records of requests could not be written to the ledger and are lost.")
            }
            writer.withLock { writer in
                do {
                    try writer?.close()
                } catch {
                    logger.warning("The ledger was not closed cleanly: \(LedgerError(error, path: paths.database))")
                }
                writer = nil
            }
        }
        return status
    }

    private func wake(_ wake: LedgerBuffer.Wake) {
        guard case .after(let nanoseconds, let ticket) = wake else { return }
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(nanoseconds))) { [weak self] in
            guard let self, buffer.withLock({ $0.woken(ticket) }) else { return }
            write()
        }
    }

    /// On the queue.
    private func write() {
        guard !isClosed.load(ordering: .acquiring) else { return }
        writer.withLock { writer in
            do {
                try open(&writer)
                while let batch = buffer.withLock({ $0.next() }) {
                    try writer?.write(batch, now: clock())
                    buffer.withLock { $0.committed() }
                    succeed()
                }
                succeed()
            } catch {
                writer = nil
                fail(LedgerError.sentence(error))
            }
            anchor(&writer)
        }
    }

    private func open(_ writer: inout LedgerWriter?) throws {
        guard writer == nil else { return }
        let (opened, finding) = try LedgerWriter.open(paths, featuresADay: pace.featuresADay, now: clock())
        writer = opened
        var problem: String?
        switch finding {
        case .sound: break
        case .reanchored(let count):
            logger.notice("\(count) escalations were written before the gateway was killed; they are anchored now.")
        case .broken(let why, let evidence):
            problem = "The escalation audit was tampered with or restored from elsewhere: \(why) Evidence: \(evidence)"
        }
        if let problem { logger.error("\(problem)") }
        chain.withLock { chain in
            chain.head = opened.head
            if let problem { chain.problems.append(problem) }
        }
    }

    private func anchor(_ writer: inout LedgerWriter?) {
        var failure: String?
        do {
            try writer?.anchor()
        } catch {
            failure = "\(error)"
        }
        let isNew = chain.withLock { chain in
            defer { chain.failure = failure }
            chain.head = writer?.head ?? chain.head
            return chain.failure == nil
        }
        if let failure, isNew {
            logger.error(
                "The end of the escalation audit is not anchored: \(failure). It is tried again at each write.")
        }
    }

    // MARK: Failing

    private func fail(_ why: String) {
        let now = MonotonicClock.nanoseconds()
        let (alarm, next) = buffer.withLock { buffer in
            defer { refuse(true) }
            return buffer.failed(why, now: now)
        }
        if alarm == .failing {
            let status = buffer.withLock { $0.status(now: now) }
            let consequence = isAccepting ? "Requests go on" : "Requests are refused, because the ledger is required"
            logger.error(
                """
                The ledger \(paths.database) cannot be written: \(why). \(consequence); \(status.waiting) records wait in \
                memory, \(status.dropped) were dropped. See to the disk; writing is tried again every few seconds.
                """)
        }
        wake(next)
    }

    private func succeed() {
        let recovery = buffer.withLock { buffer in
            defer { refuse(false) }
            return buffer.succeeded(now: MonotonicClock.nanoseconds())
        }
        guard let recovery else { return }
        logger.notice(
            """
            The ledger is written again after \(recovery.nanoseconds / 1_000_000_000) s; \
            \(recovery.dropped) records were dropped.
            """)
    }

    private func refuse(_ isFailing: Bool) {
        isRefusing.store(isFailing && settings.withLock { $0.isRequired }, ordering: .relaxed)
    }

    // MARK: Retention

    /// On the queue: one slice, then the next after what else there is to do.
    private func retain() {
        guard !isClosed.load(ordering: .acquiring) else { return }
        let hasMore = deleteSlice()
        let pause = hasMore ? pace.retentionPause : pace.retentionInterval
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(pause.nanoseconds))) { [weak self] in self?.retain() }
    }

    /// - Returns: whether there may be more to delete.
    private func deleteSlice() -> Bool {
        let day = Retention.firstDayKept(now: clock(), days: settings.withLock { $0.retentionDays })
        do {
            return try writer.withLock { try $0?.deleteSlice(before: day) ?? false }
        } catch {
            logger.warning("Old records could not be deleted: \(LedgerError(error, path: paths.database))")
            return false
        }
    }
}
