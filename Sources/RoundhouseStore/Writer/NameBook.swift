internal import GRDB

/// The numbers that stand for texts in the tables. What it remembers is only true as long as the transactions commit: after a
/// failure take a new one.
struct NameBook {
    private var known: [String: Int64] = [:]
    /// The last text of each kind: requests that follow each other have much in common, and comparing a text costs a small part
    /// of hashing it.
    private var latest = [(text: String, number: Int64)](repeating: ("", 0), count: Kind.allCases.count)

    private static let limit = 20_000

    /// What a text says of a record. The same text has the same number in all of them.
    enum Kind: Int, CaseIterable {
        case route, feature, team, key, model, backend, reason, error, currency, arm
    }

    /// The number of a text, a new one if it has none; 0 of nil.
    mutating func number(of text: String?, _ kind: Kind, _ db: Database) throws -> Int64 {
        guard let text else { return 0 }
        if latest[kind.rawValue].number != 0, latest[kind.rawValue].text == text { return latest[kind.rawValue].number }
        let number = try number(of: text, db)
        latest[kind.rawValue] = (text, number)
        return number
    }

    private mutating func number(of text: String, _ db: Database) throws -> Int64 {
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
