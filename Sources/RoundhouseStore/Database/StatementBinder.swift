internal import GRDB

/// Binds the values of one row, in the order of the statement's parameters. Without the array of existentials that
/// `StatementArguments` is, a row costs a third less.
struct StatementBinder: ~Copyable {
    private let statement: Statement
    private var index: Int32 = 0
    private var worst = ResultCode.SQLITE_OK

    /// Begins a row of a statement that may have been executed before.
    init(_ statement: Statement) {
        self.statement = statement
        // Resets the statement, clears its bindings, and has GRDB take those that follow for granted.
        statement.setUncheckedArguments(StatementArguments())
    }

    mutating func bind(_ value: Int64) {
        index += 1
        note(value.bind(to: statement.sqliteStatement, at: index))
    }

    /// An absent value stays null.
    mutating func bind(_ value: Int64?) {
        if let value { bind(value) } else { index += 1 }
    }

    mutating func bind(_ value: String?) {
        index += 1
        if let value { note(value.bind(to: statement.sqliteStatement, at: index)) }
    }

    private mutating func note(_ code: Int32) {
        if code != ResultCode.SQLITE_OK.rawValue { worst = ResultCode(rawValue: code) }
    }

    /// - Throws: `DatabaseError` if a value was not taken, or the statement fails.
    consuming func execute() throws {
        guard worst == .SQLITE_OK else { throw DatabaseError(resultCode: worst) }
        try statement.execute()
    }
}
