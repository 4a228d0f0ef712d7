internal import GRDB

/// Deletes rows that have had their time, a few at a time, so that records never wait long behind it.
enum Retention {
    /// How many rows go in one transaction: some 10 ms of work.
    static let slice = 2000

    /// The first day whose rows are kept, counted from 1970.
    static func firstDayKept(now seconds: Int64, days: Int) -> Int64 {
        seconds / 86_400 - Int64(max(0, days))
    }

    /// Deletes some of the rows of the days before one, the oldest first, and notes from when on rows are complete.
    /// - Returns: whether there may be more of them.
    static func deleteSlice(before day: Int64, _ db: Database) throws -> Bool {
        try db.execute(
            sql: """
                DELETE FROM requests WHERE id IN (
                    SELECT id FROM requests WHERE id < ? ORDER BY id LIMIT \(slice))
                """, arguments: [RowID.first(milliseconds: day * 86_400_000)])
        let count = db.changesCount
        guard count > 0 else { return false }
        try db.execute(
            sql: """
                INSERT INTO facts (name, value) VALUES ('rows_from_day', ?)
                ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)
                """, arguments: [day])
        return count == slice
    }

    /// The first day whose rows are complete, as noted above; nil if none were ever deleted.
    static func rowsFromDay(_ db: Database) throws -> Int64? {
        try Int64.fetchOne(db, sql: "SELECT value FROM facts WHERE name = 'rows_from_day'")
    }
}
