internal import GRDB
private import GRDBSQLite

/// Binds the values of one row, in the order of the statement's parameters. It speaks to SQLite itself: with the arrays of
/// existentials that `StatementArguments` are, and what GRDB looks at for each execution, a row costs twice as much.
///
/// The statement must be one that returns no rows, and executed inside of a transaction, on the database's queue.
struct StatementBinder: ~Copyable {
    private let statement: OpaquePointer
    private var index: Int32 = 0
    private var worst = SQLITE_OK

    /// Begins a row of a statement that may have been executed before. Every parameter has to be bound: what was bound before
    /// is still there.
    init(_ statement: Statement) {
        self.statement = statement.sqliteStatement
    }

    @inline(__always)
    mutating func bind(_ value: Int64) {
        index += 1
        note(sqlite3_bind_int64(statement, index, value))
    }

    /// An absent value is null.
    @inline(__always)
    mutating func bind(_ value: Int64?) {
        if let value { bind(value) } else { bindNull() }
    }

    /// An absent text is null. One with the character that ends a text for SQLite is cut there.
    mutating func bind(_ text: String?) {
        guard var text else {
            bindNull()
            return
        }
        index += 1
        if text.isEmpty {
            note(sqlite3_bind_text(statement, index, "", 0, Self.copied))
            return
        }
        note(
            text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    let length = characters.firstIndex(of: 0) ?? characters.count
                    return sqlite3_bind_text(
                        statement, index, characters.baseAddress, Int32(clamping: length), Self.copied)
                }
            })
    }

    private mutating func bindNull() {
        index += 1
        note(sqlite3_bind_null(statement, index))
    }

    private mutating func note(_ code: Int32) {
        if code != SQLITE_OK { worst = code }
    }

    /// - Throws: `DatabaseError` if a value was not taken, or the statement fails.
    consuming func execute() throws {
        if worst == SQLITE_OK { worst = sqlite3_step(statement) }
        guard worst == SQLITE_DONE else {
            let why = sqlite3_errmsg(sqlite3_db_handle(statement)).map { String(cString: $0) }
            sqlite3_reset(statement)
            throw DatabaseError(resultCode: ResultCode(rawValue: worst), message: why)
        }
        // Says again what `sqlite3_step` said.
        sqlite3_reset(statement)
    }

    /// Has SQLite copy a text (`SQLITE_TRANSIENT`, a cast that the C importer does not take over).
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
