internal import GRDB

#if canImport(Glibc)
private import Glibc
#endif

/// The database file of the ledger, open.
struct LedgerFile: Sendable {
    /// The one connection.
    let queue: DatabaseQueue
    private let path: String
    private let identity: Identity

    private struct Identity: Equatable {
        var device: UInt64
        var inode: UInt64
    }

    /// Opens the file for writing; makes it, readable by nobody else, if there is none. Brings its tables up to date.
    /// - Throws: `LedgerError`.
    static func forWriting(_ path: String) throws -> LedgerFile {
        do {
            try makePrivate(path)
            var configuration = GRDB.Configuration()
            configuration.label = "roundhouse.ledger.writer"
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { db in
                // 16 MB of WAL between checkpoints, which are the writer's own business; larger only while a reader
                // holds an old snapshot. 16 MB of pages hold the roll-ups of a day.
                try db.execute(
                    sql: """
                        PRAGMA wal_autocheckpoint = 4000;
                        PRAGMA journal_size_limit = 67108864;
                        PRAGMA cache_size = -16000;
                        """)
            }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let migrator = Schema.migrator
            if try queue.read(migrator.hasBeenSuperseded) { throw LedgerError.newer(path: path) }
            try migrator.migrate(queue)
            // What a change of the tables has put into the log of changes goes into the file, and the log begins anew.
            try queue.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
            return try LedgerFile(queue: queue, path: path, identity: identity(of: path))
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    /// Opens the file for reading, with or without a gateway that is writing to it.
    /// - Throws: `LedgerError`.
    static func forReading(_ path: String) throws -> LedgerFile {
        do {
            let identity = try identity(of: path)
            var configuration = GRDB.Configuration()
            configuration.label = "roundhouse.ledger.reader"
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            // Sorting may need room that the data folder's disk does not have.
            configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA temp_store = MEMORY") }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let migrator = Schema.migrator
            try queue.read { db in
                if try migrator.hasBeenSuperseded(db) { throw LedgerError.newer(path: path) }
                if try !migrator.hasCompletedMigrations(db) { throw LedgerError.older(path: path) }
            }
            return LedgerFile(queue: queue, path: path, identity: identity)
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    /// Makes sure that the path still leads to the file that is open: SQLite would go on writing to one that was deleted.
    /// - Throws: `LedgerError`.
    func checkPlace() throws {
        do {
            if try Self.identity(of: path) == identity { return }
        } catch LedgerError.missing {
            throw LedgerError.unusable(path: path, why: "the file was deleted or moved")
        }
        throw LedgerError.unusable(path: path, why: "another file has taken its place")
    }

    private static func identity(of path: String) throws -> Identity {
        var info = stat()
        guard stat(path, &info) == 0 else {
            if errno == ENOENT { throw LedgerError.missing(path: path) }
            throw LedgerError.unusable(path: path, why: String(cString: strerror(errno)))
        }
        return Identity(device: UInt64(info.st_dev), inode: UInt64(info.st_ino))
    }

    /// Only where there is no file: to open and close one that SQLite has open would end SQLite's locks on it.
    static func makePrivate(_ path: String) throws {
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file < 0 else {
            close(file)
            return
        }
        guard errno == EEXIST else { throw LedgerError.unusable(path: path, why: String(cString: strerror(errno))) }
    }
}
