internal import GRDB
public import RoundhouseCore

/// Answers questions about the ledger, whether or not a gateway is writing to it. Reads a snapshot over a connection of its
/// own, and never holds up the writer. Cheap to make; make one, ask, and let it go.
public struct LedgerReader: Sendable {
    private let file: LedgerFile
    private let path: String

    /// Who spends.
    public enum Spender: Sendable, Hashable {
        /// All keys of a team.
        case team(String)
        /// One key, by its id.
        case key(String)
    }

    /// Opens a ledger for reading.
    /// - Parameter path: of `ledger.sqlite`.
    /// - Throws: `LedgerError`.
    public init(path: String) throws {
        self.path = path
        file = try LedgerFile.forReading(path)
    }

    /// What was used, in groups. Whole days (UTC) are answered from their roll-ups, which are kept for ever; parts of a day
    /// from single records.
    /// - Parameters:
    ///   - dimensions: what to group by, in this order; none is one group of everything.
    ///   - since: seconds since 1970; nil is the beginning.
    ///   - until: the first second that does not count; nil is open.
    ///   - price: what to compare with: what the same use would have cost there.
    /// - Throws: `LedgerError`.
    public func usage(
        by dimensions: [UsageDimension], since: Int64? = nil, until: Int64? = nil, compareTo price: Price? = nil
    ) async throws -> UsageReport {
        let period = UsagePeriod(since: since, until: until)
        let (sums, rowsFrom) = try await read { db in
            var query = UsageQuery(dimensions)
            if !period.days.isEmpty { try query.addDays(period.days, db) }
            for part in period.parts { try query.addPart(part, db) }
            return (try query.totals(by: dimensions, db), try Retention.rowsFromDay(db))
        }
        let groups = sums.map { values, totals in
            UsageReport.Group(values: values, totals: totals, compared: price.map(totals.cost))
        }
        let complete = (rowsFrom ?? 0) * 86_400
        return UsageReport(
            dimensions: dimensions, groups: groups, totals: groups.reduce(into: UsageTotals()) { $0 += $1.totals },
            compared: price.map { _ in groups.reduce(.zero) { $0 + ($1.compared ?? .zero) } },
            missingBefore: period.parts.contains { $0.lowerBound < complete } ? complete : nil)
    }

    /// What was spent on priced models in one currency.
    /// - Parameters:
    ///   - currency: ISO 4217 code.
    ///   - since: seconds since 1970.
    /// - Returns: zero if nothing was priced.
    /// - Throws: `LedgerError`.
    public func spent(by spender: Spender, currency: String, since: Int64) async throws -> Money {
        let period = UsagePeriod(since: since, until: nil)
        let (column, name) =
            switch spender {
            case .team(let name): ("team", name)
            case .key(let id): ("key", id)
            }
        return try await read { db in
            func sum(_ source: String, _ from: Int64, _ to: Int64) throws -> Money {
                let sql = """
                    SELECT sum(cost / 1000000000) AS units, sum(cost % 1000000000) AS billionths FROM \(source)
                    AND \(column) = (SELECT id FROM names WHERE text = ?)
                    AND currency = (SELECT id FROM names WHERE text = ?)
                    """
                let row = try Row.fetchOne(db, sql: sql, arguments: [from, to, name, currency])
                return Self.money(units: row?["units"], billionths: row?["billionths"])
            }
            let days = period.days
            var spent = try sum("usage_daily WHERE day >= ? AND day < ?", days.lowerBound, days.upperBound)
            for part in period.parts {
                let from = RowID.first(milliseconds: part.lowerBound * 1000)
                let to = RowID.first(milliseconds: part.upperBound * 1000)
                spent = spent + (try sum("requests WHERE id >= ? AND id < ?", from, to))
            }
            return spent
        }
    }

    private func read<Answer: Sendable>(_ question: @escaping @Sendable (Database) throws -> Answer) async throws
        -> Answer
    {
        do {
            return try await file.queue.read(question)
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    /// A sum that was made in two parts, so that it cannot overflow on the way; zero of nothing.
    private static func money(units: Int64?, billionths: Int64?) -> Money {
        let (whole, overflow) = (units ?? 0).multipliedReportingOverflow(by: 1_000_000_000)
        return Money(billionths: overflow ? .max : whole) + Money(billionths: billionths ?? 0)
    }
}
