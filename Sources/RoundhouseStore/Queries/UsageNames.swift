internal import GRDB
internal import RoundhouseCore

/// The names behind the numbers of groups, and their order.
struct UsageNames {
    private var texts: [Int64: String] = [:]
    private var days: [Int64: String] = [:]
    private var seen: [UsageDimension: Set<Int64>] = [:]

    /// Looks up a number, if it is a new one.
    mutating func learn(_ number: Int64, in dimension: UsageDimension, _ db: Database) throws {
        guard seen[dimension, default: []].insert(number).inserted else { return }
        if dimension == .day {
            days[number] = CalendarDay(secondsSince1970: number * 86_400).description
        } else {
            _ = try text(number, db)
        }
    }

    /// What a group has in a dimension; nil is none.
    func name(_ number: Int64, in dimension: UsageDimension) -> String? {
        dimension == .day ? days[number] : texts[number]
    }

    /// The code of a currency; nil is unpriced.
    mutating func currency(_ number: Int64, _ db: Database) throws -> String? {
        try text(number, db)
    }

    /// For each dimension, the place of each of its numbers in the order of their names; nothing comes first.
    func ranks(_ dimensions: [UsageDimension]) -> [[Int64: Int]] {
        dimensions.map { dimension in
            let ordered = seen[dimension, default: []].sorted { left, right in
                guard let right = name(right, in: dimension) else { return false }
                guard let left = name(left, in: dimension) else { return true }
                return left < right
            }
            return Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($0.element, $0.offset) })
        }
    }

    private mutating func text(_ number: Int64, _ db: Database) throws -> String? {
        if number == 0 { return nil }
        if let known = texts[number] { return known }
        let text = try String.fetchOne(db, sql: "SELECT text FROM names WHERE id = ?", arguments: [number])
        texts[number] = text
        return text
    }
}
