internal import GRDB

/// The numbers that stand for texts in the tables. What it remembers is only true as long as the transactions commit: after a
/// failure take a new one.
struct NameBook {
    private var known: [String: Int64] = [:]

    private static let limit = 20_000

    /// The number of a text, a new one if it has none; 0 of nil.
    mutating func number(of text: String?, _ db: Database) throws -> Int64 {
        guard let text else { return 0 }
        if let number = known[text] { return number }
        if known.count >= Self.limit { known.removeAll(keepingCapacity: true) }
        let stored = StoredValues.text(text)
        let number: Int64
        if let found = try Int64.fetchOne(db, sql: "SELECT id FROM names WHERE text = ?", arguments: [stored]) {
            number = found
        } else {
            try db.execute(sql: "INSERT INTO names (text) VALUES (?)", arguments: [stored])
            number = db.lastInsertedRowID
        }
        known[text] = number
        return number
    }
}
