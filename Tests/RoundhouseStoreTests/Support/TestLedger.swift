import GRDB
import RoundhouseCore
import Synchronization

@testable import RoundhouseStore

/// A ledger in a folder, with a clock that stands still until it is moved, and a log that remembers.
struct TestLedger {
    let ledger: Ledger
    let log = RecordedLog()
    let clock: TestClock

    init(
        _ folder: TemporaryFolder, settings: LedgerSettings = LedgerSettings(), pace: LedgerPace = .manual,
        clock: TestClock = TestClock()
    ) throws {
        self.clock = clock
        ledger = try Ledger(
            paths: folder.ledger, settings: settings, pace: pace, logger: log.logger, clock: { clock.seconds })
    }

    /// Takes records and writes them.
    func write(_ records: [RequestRecord]) {
        ledger.take(records)
        ledger.flush()
    }
}

/// Seconds since 1970, as the test says.
final class TestClock: Sendable {
    private let now = Mutex(midnight + 7200)

    var seconds: Int64 {
        get { now.withLock { $0 } }
        set { now.withLock { $0 = newValue } }
    }
}

extension LedgerPace {
    /// Writes when it is told to, and hardly by itself.
    static var manual: LedgerPace {
        var pace = LedgerPace()
        pace.interval = .seconds(3600)
        pace.retry = .seconds(3600)
        pace.longestRetry = .seconds(3600)
        pace.retentionInterval = .seconds(3600)
        pace.retentionPause = .seconds(3600)
        return pace
    }
}

extension TemporaryFolder {
    var ledger: LedgerPaths { LedgerPaths(dataDirectory: path) }

    /// Does something to the database behind the ledger's back.
    func tamper(_ sql: String...) throws {
        let queue = try DatabaseQueue(path: ledger.database)
        try queue.writeWithoutTransaction { db in
            for sql in sql { try db.execute(sql: sql) }
        }
        try queue.close()
    }

    /// Asks the database one number.
    func number(_ sql: String) throws -> Int64? {
        let queue = try DatabaseQueue(path: ledger.database)
        defer { withExtendedLifetime(queue) {} }
        return try queue.read { db in try Int64.fetchOne(db, sql: sql) }
    }

    /// Asks the database for a column of texts.
    func texts(_ sql: String) throws -> [String?] {
        let queue = try DatabaseQueue(path: ledger.database)
        defer { withExtendedLifetime(queue) {} }
        return try queue.read { db in try Optional<String>.fetchAll(db, sql: sql) }
    }
}
