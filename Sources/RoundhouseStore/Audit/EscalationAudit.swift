internal import GRDB

/// The record of requests that left the box, as whoever audits it sees it.
///
/// The chain shows any row that was edited, dropped, put elsewhere or cut off the end, as long as the head file, or a
/// head that was exported to another place, was not rewritten too. Whoever can write both files can write a new history:
/// against that only an exported head helps.
public enum EscalationAudit {
    /// Goes through the whole chain. Blocks; a million escalations take some seconds.
    /// - Parameters:
    ///   - database: path of `ledger.sqlite`.
    ///   - headFile: path of `escalations.head`.
    ///   - expected: a head that was exported earlier.
    /// - Throws: `LedgerError` or `HeadFileError` if a file cannot be read. That somebody made it so is for the caller to judge.
    public static func verify(database: String, headFile: String, expected: ChainHead? = nil) throws -> AuditReport {
        var report = AuditReport()
        // The head first: it is written after the rows it vouches for, so a gateway at work makes no difference.
        let head = HeadFile(path: headFile)
        let anchor = try head.read()
        let file = try LedgerFile.forReading(database)
        do {
            try file.queue.read { db in
                try checkTriggers(db, &report)
                try walk(db, anchor, expected, &report)
            }
        } catch {
            throw LedgerError(error, path: database)
        }
        for path in try head.setAsideFiles() {
            report.add(
                AuditProblem(
                    nil, "The head file and the database once disagreed; what the head file said is kept in \(path)."))
        }
        return report
    }

    /// The anchored end of the chain, for keeping elsewhere.
    /// - Throws: `HeadFileError` if there is none.
    public static func exportHead(headFile: String) throws -> ChainHead {
        switch try HeadFile(path: headFile).read() {
        case .head(let head): return head
        case .missing: throw HeadFileError("does not exist", headFile)
        case .unreadable: throw HeadFileError("is no head file", headFile)
        }
    }

    private static func walk(
        _ db: Database, _ anchor: HeadFile.Content, _ expected: ChainHead?, _ report: inout AuditReport
    ) throws {
        var checks: [HeadCheck] = []
        switch anchor {
        case .head(let head): checks.append(HeadCheck(head, name: "the head file"))
        case .missing:
            report.add(AuditProblem(nil, "The head file is missing: nothing vouches for the end of the chain."))
        case .unreadable:
            report.add(AuditProblem(nil, "The head file is damaged: nothing vouches for the end of the chain."))
        }
        if let expected { checks.append(HeadCheck(expected, name: "the exported head")) }

        var chain = ChainWalk()
        let rows = try Row.fetchCursor(db, sql: ChainWalk.query, arguments: [Int64.min])
        while let row = try rows.next() {
            if let problem = chain.next(row) { report.add(problem) }
            report.count += 1
            for index in checks.indices {
                if let problem = checks[index].pass(chain) { report.add(problem) }
            }
        }
        for check in checks {
            if let problem = check.end(chain) { report.add(problem) }
        }
        report.head = ChainHead(seq: chain.seq, hash: chain.hash, at: WallClock.seconds())
        if case .head(let head) = anchor { report.unanchored = max(0, chain.seq - head.seq) }
    }

    private static func checkTriggers(_ db: Database, _ report: inout AuditReport) throws {
        for name in ["escalations_never_change", "escalations_never_go"] {
            let exists = try Bool.fetchOne(
                db, sql: "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name = ?", arguments: [name])
            if exists != true {
                report.add(AuditProblem(nil, "The database no longer forbids changes: its trigger \(name) is gone."))
            }
        }
    }
}

/// Compares the chain with a head as it passes by.
private struct HeadCheck {
    private let head: ChainHead
    private let name: String
    private var isPassed: Bool

    init(_ head: ChainHead, name: String) {
        (self.head, self.name) = (head, name)
        isPassed = head.seq == 0
    }

    mutating func pass(_ chain: ChainWalk) -> AuditProblem? {
        guard !isPassed, chain.seq >= head.seq else { return nil }
        isPassed = true
        // If it is not there, the walk has said so.
        guard chain.seq == head.seq, chain.hash != head.hash else { return nil }
        return AuditProblem(
            head.seq,
            "Escalation \(head.seq) is not the one that \(name) of \(head.time) vouches for: history was written anew.")
    }

    func end(_ chain: ChainWalk) -> AuditProblem? {
        guard !isPassed else { return nil }
        let missing = ChainWalk.missing(chain.seq + 1, head.seq)
        return AuditProblem(missing.seq, "\(missing) They are vouched for by \(name) of \(head.time).")
    }
}
