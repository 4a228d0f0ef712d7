internal import FoundationEssentials
internal import GRDB
internal import RoundhouseCore

/// The writer's end of the chain of escalations, and the file that anchors it.
struct ChainAnchor: Sendable {
    /// The last escalation in the database.
    private(set) var end: ChainHead
    /// What the head file says.
    private(set) var anchored: ChainHead
    private let file: HeadFile

    /// What opening has come upon.
    enum Finding: Equatable {
        /// Database and head agree, or both are new.
        case sound
        /// The head was behind: the gateway was killed between the two writes. The chain goes on soundly from the head.
        case reanchored(count: Int64)
        /// They disagree; what the head file said is kept in the file named.
        case broken(why: String, evidence: String)
    }

    /// Compares database and head file, and makes the file say what the database says.
    /// - Throws: `DatabaseError` or `HeadFileError`.
    static func open(_ db: Database, _ file: HeadFile, now: Int64) throws -> (anchor: ChainAnchor, finding: Finding) {
        let last = try Row.fetchOne(db, sql: "SELECT seq, hash FROM escalations ORDER BY seq DESC LIMIT 1")
        let end = ChainHead(
            seq: last?["seq"] ?? 0, hash: last.map { ChainWalk.hash($0["hash"]) } ?? .none, at: now)
        let content = try file.read()
        let finding: Finding
        switch content {
        case .head(let head) where head.seq == end.seq && head.hash == end.hash:
            return (ChainAnchor(end: end, anchored: head, file: file), .sound)
        case .missing where end.seq == 0: finding = .sound
        case .missing: finding = try setAside("\(end.seq) escalations are in the database.")
        case .unreadable: finding = try setAside("The head file is damaged.")
        case .head(let head):
            let problem = try difference(db, end, head)
            finding = try problem.map(setAside) ?? .reanchored(count: end.seq - head.seq)
        }
        try file.write(end)
        return (ChainAnchor(end: end, anchored: end, file: file), finding)

        func setAside(_ why: String) throws -> Finding {
            .broken(why: why, evidence: try file.setAside(why, at: now))
        }
    }

    /// What is wrong with a database whose end is not the head; nil if it is ahead and sound from there on.
    private static func difference(_ db: Database, _ end: ChainHead, _ head: ChainHead) throws -> String? {
        if end.seq < head.seq { return ChainWalk.missing(end.seq + 1, head.seq).description }
        let anchored = try Row.fetchOne(db, sql: "SELECT hash FROM escalations WHERE seq = ?", arguments: [head.seq])
        guard head.seq == 0 || anchored.map({ ChainWalk.hash($0["hash"]) }) == head.hash else {
            return "Escalation \(head.seq) is not the one that the head file vouches for."
        }
        var chain = ChainWalk(after: head.seq, hash: head.hash)
        let rows = try Row.fetchCursor(db, sql: ChainWalk.query, arguments: [head.seq])
        while let row = try rows.next() {
            if let problem = chain.next(row) { return problem.description }
        }
        return nil
    }

    /// Writes the escalated ones of some records behind the last one. They count only when `commit` is called.
    /// - Returns: the new end, nil if none was escalated.
    func append(_ records: some Sequence<RequestRecord>, _ db: Database, now: Int64) throws -> ChainHead? {
        var (seq, hash) = (end.seq, end.hash)
        for record in records where record.escalated {
            seq += 1
            let row = EscalationRow(record, seq: seq)
            let next = row.hash(after: hash)
            let statement = try db.cachedStatement(sql: Self.insertion)
            try statement.execute(
                arguments: StatementArguments(
                    row.values + [Data(hash.bytes).databaseValue, Data(next.bytes).databaseValue]))
            hash = next
        }
        return seq == end.seq ? nil : ChainHead(seq: seq, hash: hash, at: now)
    }

    /// The rows up to a new end are in the database.
    mutating func commit(_ end: ChainHead) {
        self.end = end
    }

    /// Makes the head file say what is in the database, if it does not.
    /// - Throws: `HeadFileError`.
    mutating func anchor() throws {
        guard anchored != end else { return }
        try file.write(end)
        anchored = end
    }

    private static let insertion: String = {
        let columns = EscalationRow.columns + ["previous", "hash"]
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        return "INSERT INTO escalations (\(columns.joined(separator: ", "))) VALUES (\(places))"
    }()
}
