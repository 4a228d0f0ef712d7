import Foundation
import GRDB
import RoundhouseCore
import Testing

@testable import RoundhouseStore

extension EscalationAudit {
    static func verify(_ folder: TemporaryFolder, expected: ChainHead? = nil) throws -> AuditReport {
        try verify(database: folder.ledger.database, headFile: folder.ledger.headFile, expected: expected)
    }
}

extension TemporaryFolder {
    /// A ledger of so many escalations, closed, with other requests between them.
    func makeEscalations(_ count: Int) throws {
        let test = try TestLedger(self)
        for number in 1...count { test.write([.sample(), .escalation("e\(number)")]) }
        test.ledger.close()
    }

    static let unlock = ["DROP TRIGGER escalations_never_change", "DROP TRIGGER escalations_never_go"]

    /// As a careful forger would: with the triggers put back.
    func forge(_ sql: String) throws {
        let triggers = try texts("SELECT sql FROM sqlite_master WHERE type = 'trigger'").compactMap { $0 }
        let queue = try DatabaseQueue(path: ledger.database)
        try queue.writeWithoutTransaction { db in
            for sql in Self.unlock + [sql] + triggers { try db.execute(sql: sql) }
        }
        try queue.close()
    }

    func problems(expected: ChainHead? = nil) throws -> [String] {
        try EscalationAudit.verify(self, expected: expected).problems.map(\.description)
    }
}

@Suite struct EscalationAuditTests {
    /// A request that left the house, failed there, and was answered inside.
    @Test func theModelOutsideIsNamedWhoeverAnswered() throws {
        var record = RequestRecord.sample()
        record.escalated = true
        record.escalatedModels = "cloud-a,cloud-b"
        let row = EscalationRow(record, seq: 1)
        let place = try #require(EscalationRow.columns.firstIndex(of: "model"))
        #expect(String.fromDatabaseValue(row.values[place]) == "cloud-a,cloud-b")
    }

    @Test func untouchedItIsSound() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(5)
            let report = try EscalationAudit.verify(folder)
            #expect(report.isSound)
            #expect(report.problems.isEmpty)
            #expect(report.count == 5)
            #expect(report.head?.seq == 5)
            #expect(report.head?.hash == (try EscalationAudit.exportHead(headFile: folder.ledger.headFile)).hash)
            #expect(report.unanchored == 0)
        }
    }

    @Test func onlyWhatLeftTheBoxIsInIt() async throws {
        try await withTemporaryFolder { folder in
            try TestLedger(folder).write([.sample(), .escalation("out")])
            let row = try folder.texts(
                """
                SELECT seq || ' ' || started_ns || ' ' || request_id || ' ' || team || ' ' || key || ' ' || feature || ' '
                    || requested_model || ' ' || model || ' ' || backend || ' ' || reason || ' ' || input_tokens || ' '
                    || output_tokens || ' ' || cost || ' ' || currency || ' ' || outcome FROM escalations
                """)
            #expect(
                row == [
                    "1 \(midnight + 3600)000000000 out research research-ci doc-summary assistant cloud-mid openai "
                        + "rule:feature=legal-review 890 120 123456 USD ok"
                ])
        }
    }

    /// The format must not change unnoticed. The hash was computed with Python's hashlib from the description of the format.
    @Test func theHashIsTheOneThatTheFormatSays() {
        var record = RequestRecord.escalation("e1")
        record.team = nil
        record.feature = "é"
        let hash = EscalationRow(record, seq: 1).hash(after: .none)
        #expect(hash.description == "7c73f83f7cabaa4be846b52e882c275f1755ca1f4d50314bf170315c57873e92")
    }

    @Test func anEditIsFound() async throws {
        for change in [
            "cost = 1", "cost = NULL", "model = 'llama3'", "team = NULL", "feature = ''", "started_ns = started_ns + 1",
            "input_tokens = 'many'", "request_id = 'e3 '", "outcome = cast('ok' AS BLOB)", "cost = 123456.5",
            "reason = reason || char(0) || 'hidden'",
        ] {
            try await withTemporaryFolder { folder in
                try folder.makeEscalations(5)
                try folder.forge("UPDATE escalations SET \(change) WHERE seq = 3")
                #expect(
                    try folder.problems() == [
                        "Escalation 3 was changed after it was written: its contents do not have its hash."
                    ], "\(change)")
            }
        }
    }

    @Test func aDroppedRowIsFound() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(5)
            try folder.forge("DELETE FROM escalations WHERE seq IN (2, 3)")
            #expect(try folder.problems() == ["Escalations 2 to 3 are missing."])
        }
    }

    @Test func aDroppedFirstRowIsFound() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(3)
            try folder.forge("DELETE FROM escalations WHERE seq = 1")
            #expect(try folder.problems() == ["Escalation 1 is missing."])
        }
    }

    @Test func aDroppedRowIsFoundThoughTheOthersMoveUp() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(4)
            try folder.forge(
                "DELETE FROM escalations WHERE seq = 2; UPDATE escalations SET seq = seq - 1 WHERE seq > 2")
            let problems = try folder.problems()
            #expect(problems.contains { $0.hasPrefix("Escalation 2 was changed") })
            #expect(problems.contains { $0.hasPrefix("Escalation 3 was changed") })
            #expect(
                problems.contains { $0.hasPrefix("Escalation 4 is missing. They are vouched for by the head file") })
        }
    }

    @Test func exchangedRowsAreFound() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(5)
            try folder.forge(
                """
                UPDATE escalations SET seq = -1 WHERE seq = 2; UPDATE escalations SET seq = 2 WHERE seq = 3;
                UPDATE escalations SET seq = 3 WHERE seq = -1
                """)
            let problems = try folder.problems()
            #expect(problems.contains { $0.hasPrefix("Escalation 2 was changed") })
            #expect(problems.contains { $0.hasPrefix("Escalation 3 was changed") })
        }
    }

    @Test(arguments: 1...5)
    func aTruncatedTailIsFound(_ kept: Int) async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(5)
            try folder.forge("DELETE FROM escalations WHERE seq >= \(kept)")
            let problems = try folder.problems()
            #expect(problems.count == 1)
            #expect(
                problems.first?.hasPrefix(
                    kept == 5 ? "Escalation 5 is missing." : "Escalations \(kept) to 5 are missing.") == true)
        }
    }

    @Test func aRowThatIsHashedAnewIsFoundAtTheNext() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(5)
            try folder.rehash(from: 3, through: 3)
            #expect(
                try folder.problems() == [
                    "Escalation 4 does not follow what stands before it: one of the two was exchanged or written anew."
                ])
        }
    }

    @Test func aTailThatIsHashedAnewIsFoundByTheHead() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(5)
            try folder.rehash(from: 3, through: 5)
            let problems = try folder.problems()
            #expect(problems.count == 1)
            #expect(problems.first?.hasPrefix("Escalation 5 is not the one that the head file of ") == true)
        }
    }

    @Test func aHistoryWrittenAnewIsFoundByAnExportedHead() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(3)
            let exported = try EscalationAudit.exportHead(headFile: folder.ledger.headFile)
            try folder.makeEscalations(2)
            #expect(try folder.problems(expected: exported) == [])
            let last = try folder.rehash(from: 2, through: 5)
            try HeadFile(path: folder.ledger.headFile).write(ChainHead(seq: 5, hash: last, at: midnight))
            #expect(try folder.problems() == [])
            let problems = try folder.problems(expected: exported)
            #expect(problems.count == 1)
            #expect(problems.first?.hasPrefix("Escalation 3 is not the one that the exported head of ") == true)
        }
    }

    @Test func aTruncatedHistoryIsFoundByAnExportedHead() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(3)
            let exported = try #require(
                ChainHead("\(try EscalationAudit.exportHead(headFile: folder.ledger.headFile))"))
            try FileManager.default.removeItem(atPath: folder.ledger.database)
            try FileManager.default.removeItem(atPath: folder.ledger.headFile)
            try folder.makeEscalations(1)
            #expect(try folder.problems() == [])
            #expect(try folder.problems(expected: exported).first?.hasPrefix("Escalations 2 to 3 are missing.") == true)
        }
    }

    @Test func addedRowsAreFound() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(2)
            try folder.tamper(
                "INSERT INTO escalations (seq, previous, hash) VALUES (0, x'00', x'00')",
                "INSERT INTO escalations (seq, model, previous, hash) SELECT 3, 'x', hash, x'00' FROM escalations WHERE seq = 2"
            )
            #expect(
                try folder.problems() == [
                    "An escalation has a number that is never given.",
                    "Escalation 3 was changed after it was written: its contents do not have its hash.",
                ])
        }
    }

    @Test func theDatabaseItselfForbidsChanges() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(2)
            for sql in ["UPDATE escalations SET cost = 0", "DELETE FROM escalations WHERE seq = 2"] {
                #expect(throws: DatabaseError.self) { try folder.tamper(sql) }
            }
            #expect(try folder.problems() == [])
            try folder.tamper(TemporaryFolder.unlock[0])
            #expect(
                try folder.problems() == [
                    "The database no longer forbids changes: its trigger escalations_never_change is gone."
                ])
        }
    }

    @Test func aMissingOrDamagedHeadIsAProblem() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(2)
            try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.ledger.headFile))
            #expect(
                try folder.problems() == ["The head file is damaged: nothing vouches for the end of the chain."])
            #expect(throws: HeadFileError.self) { try EscalationAudit.exportHead(headFile: folder.ledger.headFile) }
            try FileManager.default.removeItem(atPath: folder.ledger.headFile)
            #expect(
                try folder.problems() == ["The head file is missing: nothing vouches for the end of the chain."])
        }
    }

    @Test func verifyingWhileTheGatewayWritesFindsNothing() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder, pace: LedgerPace())
            for round in 0..<50 {
                test.ledger.take([.escalation("\(round)")])
                if round % 3 == 0 { test.ledger.flush() }
                #expect(try folder.problems() == [])
            }
            test.ledger.close()
            #expect(try EscalationAudit.verify(folder).count == 50)
        }
    }

    @Test func thousandsOfProblemsAreCountedAndNotAllTold() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            test.write((0..<1500).map { .escalation("\($0)") })
            test.ledger.close()
            try folder.forge("UPDATE escalations SET cost = 0")
            let report = try EscalationAudit.verify(folder)
            #expect(report.problemCount == 1500)
            #expect(report.problems.count == AuditReport.limit)
        }
    }
}

extension TemporaryFolder {
    /// Changes some rows and gives them hashes that fit, as somebody who knows the format can.
    @discardableResult
    func rehash(from first: Int64, through last: Int64) throws -> ChainHash {
        let queue = try DatabaseQueue(path: ledger.database)
        defer { withExtendedLifetime(queue) {} }
        return try queue.writeWithoutTransaction { db in
            let triggers = try String.fetchAll(db, sql: "SELECT sql FROM sqlite_master WHERE type = 'trigger'")
            for sql in Self.unlock { try db.execute(sql: sql) }
            try db.execute(sql: "UPDATE escalations SET cost = 1 WHERE seq BETWEEN ? AND ?", arguments: [first, last])
            var hash = ChainHash.none
            if let before = try Row.fetchOne(
                db, sql: "SELECT hash FROM escalations WHERE seq = ?", arguments: [first - 1])
            {
                hash = ChainWalk.hash(before[0])
            }
            for seq in first...last {
                let row = try Row.fetchOne(db, sql: ChainWalk.query, arguments: [seq - 1])
                let next = EscalationRow(try #require(row)).hash(after: hash)
                try db.execute(
                    sql: "UPDATE escalations SET previous = ?, hash = ? WHERE seq = ?",
                    arguments: [Data(hash.bytes), Data(next.bytes), seq])
                hash = next
            }
            for sql in triggers { try db.execute(sql: sql) }
            return hash
        }
    }
}
