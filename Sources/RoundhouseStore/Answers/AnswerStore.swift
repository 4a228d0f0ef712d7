internal import Dispatch
internal import FoundationEssentials
internal import GRDB
public import Logging
public import RoundhouseCore
internal import Synchronization

/// Answers in `responses.sqlite`, a file of its own: it holds what people have asked and were told, which the ledger never does, and
/// can be deleted or kept elsewhere by itself. One queue does all the work, so that whoever calls never waits.
public final class AnswerStore: AnswerArchive {
    private let work = DispatchQueue(label: "roundhouse.answers")
    private let database: DatabaseQueue
    private let retention: Int64
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    private struct State {
        /// Bytes that wait to be written.
        var waiting = 0
        var isFailing = false
        /// When what is too old was last looked for.
        var sweptAt: Int64 = 0
    }

    /// The most that may wait to be written, in bytes. Answers beyond that are not kept, which is logged.
    static let waitingLimit = 64 << 20
    /// How often what is too old is looked for, in seconds.
    private static let sweepInterval: Int64 = 600
    private static let day: Int64 = 86_400

    /// Opens the file, or makes it, readable by nobody else, if there is none.
    /// - Parameters:
    ///   - dataDirectory: the folder it lies in.
    ///   - now: seconds since 1970.
    /// - Throws: `LedgerError`.
    public init(
        dataDirectory: String, settings: ResponseSettings, logger: Logger,
        now: (@Sendable () -> Int64)? = nil
    ) throws {
        let path = dataDirectory + "/responses.sqlite"
        self.logger = logger
        self.now = now ?? WallClock.seconds
        retention = Int64(settings.retentionDays) * Self.day
        do {
            try LedgerFile.makePrivate(path)
            var configuration = GRDB.Configuration()
            configuration.label = "roundhouse.answers"
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(5)
            database = try DatabaseQueue(path: path, configuration: configuration)
            if try database.read(Self.migrator.hasBeenSuperseded) { throw LedgerError.newer(path: path) }
            try Self.migrator.migrate(database)
        } catch {
            throw LedgerError(error, path: path)
        }
        work.async { self.sweep() }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE answers (
                        id TEXT PRIMARY KEY, owner TEXT NOT NULL, created INTEGER NOT NULL, input BLOB NOT NULL,
                        answer BLOB NOT NULL);
                    CREATE INDEX answers_by_time ON answers (created);
                    """)
        }
        return migrator
    }

    /// Keeps an answer, a moment later. One of the same id takes the place of the older.
    public func keep(_ answer: StoredAnswer) {
        let size = answer.input.count + answer.answer.count
        let fits = state.withLock { state in
            guard state.waiting + size <= Self.waitingLimit else { return false }
            state.waiting += size
            return true
        }
        guard fits else {
            report("too many responses wait to be written")
            return
        }
        work.async { [self] in
            do {
                try database.write { db in
                    try db.execute(
                        sql:
                            "INSERT OR REPLACE INTO answers (id, owner, created, input, answer) VALUES (?, ?, ?, ?, ?)",
                        arguments: [answer.id, answer.owner, answer.createdAt, Data(answer.input), Data(answer.answer)])
                }
                recovered()
            } catch {
                report(LedgerError.sentence(error))
            }
            state.withLock { $0.waiting -= size }
            sweep()
        }
    }

    /// Looks an answer up. One that is too old is not there, whether or not it has been deleted yet.
    public func find(
        _ id: String, owner: String, _ done: @escaping @Sendable (Result<StoredAnswer?, any Error>) -> Void
    ) {
        work.async { [self] in
            done(
                Result {
                    let oldest = now() - retention
                    return try database.read { db in
                        let row = try Row.fetchOne(
                            db,
                            sql:
                                "SELECT created, input, answer FROM answers WHERE id = ? AND owner = ? AND created >= ?",
                            arguments: [id, owner, oldest])
                        return row.map { row in
                            StoredAnswer(
                                id: id, owner: owner, createdAt: row[0], input: Array(row[1] as Data),
                                answer: Array(row[2] as Data))
                        }
                    }
                }.mapError { error in
                    report(LedgerError.sentence(error))
                    return error
                })
        }
    }

    /// Deletes an answer.
    public func remove(_ id: String, owner: String, _ done: @escaping @Sendable (Result<Bool, any Error>) -> Void) {
        work.async { [self] in
            done(
                Result {
                    try database.write { db in
                        try db.execute(
                            sql: "DELETE FROM answers WHERE id = ? AND owner = ?", arguments: [id, owner])
                        return db.changesCount > 0
                    }
                }.mapError { error in
                    report(LedgerError.sentence(error))
                    return error
                })
        }
    }

    /// Writes what waits, and closes the file.
    public func close() {
        work.sync {
            do { try database.close() } catch { report(LedgerError.sentence(error)) }
        }
    }

    private func sweep() {
        let now = now()
        let isDue = state.withLock { state in
            guard now - state.sweptAt >= Self.sweepInterval else { return false }
            state.sweptAt = now
            return true
        }
        guard isDue else { return }
        do {
            try database.write { db in
                try db.execute(sql: "DELETE FROM answers WHERE created < ?", arguments: [now - retention])
            }
        } catch {
            report(LedgerError.sentence(error))
        }
    }

    /// Said once, until it works again: a full disk would otherwise fill the log.
    private func report(_ why: String) {
        let isNew = state.withLock { state in
            defer { state.isFailing = true }
            return !state.isFailing
        }
        if isNew { logger.error("responses cannot be stored or read", metadata: ["error": .string(why)]) }
    }

    private func recovered() {
        let wasFailing = state.withLock { state in
            defer { state.isFailing = false }
            return state.isFailing
        }
        if wasFailing { logger.info("responses are stored again") }
    }
}
