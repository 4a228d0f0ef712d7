internal import FoundationEssentials
internal import GRDB

/// Goes along the chain of escalations, row by row, and says what is wrong with each.
struct ChainWalk {
    /// Number of the row that was last looked at.
    private(set) var seq: Int64
    /// The hash that stands in it.
    private(set) var hash: ChainHash

    /// Begins behind a row; at the first without one.
    init(after seq: Int64 = 0, hash: ChainHash = .none) {
        (self.seq, self.hash) = (seq, hash)
    }

    /// Selects what `next` wants, from a number on.
    static let query: String = {
        // SQLite's and our texts end at a zero byte; what somebody hides behind one must be seen all the same.
        let hidden = EscalationRow.textColumns.map { "instr(CAST(\($0) AS BLOB), x'00') > 0" }
            .joined(separator: " OR ")
        let columns = EscalationRow.columns.joined(separator: ", ")
        return """
            SELECT \(columns), previous, hash, coalesce(\(hidden), 0) AS hidden
            FROM escalations WHERE seq > ? ORDER BY seq
            """
    }()

    /// Looks at the next row; nil if it is as it was written and follows the one before.
    mutating func next(_ row: Row) -> AuditProblem? {
        guard case .int64(let number) = (row[0] as DatabaseValue).storage, number > seq else {
            return AuditProblem(nil, "An escalation has a number that is never given.")
        }
        let (lastSeq, lastHash) = (seq, hash)
        let previous = Self.hash(row["previous"])
        seq = number
        hash = Self.hash(row["hash"])
        if number > lastSeq + 1 { return Self.missing(lastSeq + 1, number - 1) }
        if row["hidden"] as DatabaseValue != 0.databaseValue || EscalationRow(row).hash(after: previous) != hash {
            return AuditProblem(
                number, "Escalation \(number) was changed after it was written: its contents do not have its hash.")
        }
        guard previous == lastHash else {
            return AuditProblem(
                number,
                "Escalation \(number) does not follow what stands before it: one of the two was exchanged or written anew."
            )
        }
        return nil
    }

    /// What is said of rows that are not there.
    static func missing(_ first: Int64, _ last: Int64) -> AuditProblem {
        AuditProblem(
            first, first == last ? "Escalation \(first) is missing." : "Escalations \(first) to \(last) are missing.")
    }

    /// What a column holds where a hash should be.
    static func hash(_ value: DatabaseValue) -> ChainHash {
        guard case .blob(let bytes) = value.storage else { return ChainHash(bytes: []) }
        return ChainHash(bytes: Array(bytes))
    }
}
