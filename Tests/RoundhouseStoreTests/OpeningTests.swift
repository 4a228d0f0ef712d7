import Foundation
import GRDB
import RoundhouseCore
import Testing

@testable import RoundhouseStore

@Suite struct OpeningTests {
    private func openError(_ folder: TemporaryFolder) -> LedgerError? {
        #expect(throws: LedgerError.self) { try TestLedger(folder) }
    }

    private func readError(_ folder: TemporaryFolder) -> LedgerError? {
        #expect(throws: LedgerError.self) { try LedgerReader(path: folder.ledger.database) }
    }

    @Test func aFileThatIsNoDatabaseIsRefusedWithAdvice() async throws {
        try await withTemporaryFolder { folder in
            try Data(String(repeating: "no database ", count: 500).utf8)
                .write(to: URL(fileURLWithPath: folder.ledger.database))
            let expected = LedgerError.damaged(path: folder.ledger.database, why: "file is not a database")
            #expect(openError(folder) == expected)
            #expect(readError(folder) == expected)
            #expect(expected.description.contains("move the file and its -wal and -shm files aside"))
            // It is left as it was.
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder.ledger.database)).count == 6000)
        }
    }

    @Test func aDamagedSchemaIsRefusedWithAdvice() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(1)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.ledger.database))
            for index in 100..<4096 { bytes[index] = 0xa5 }
            try bytes.write(to: URL(fileURLWithPath: folder.ledger.database))
            guard case .damaged = openError(folder) else {
                Issue.record("opened, or another error")
                return
            }
        }
    }

    @Test func aNewerFileIsRefused() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(1)
            try folder.tamper("INSERT INTO grdb_migrations VALUES ('999')")
            #expect(openError(folder) == .newer(path: folder.ledger.database))
            #expect(readError(folder) == .newer(path: folder.ledger.database))
        }
    }

    /// A file of each version that was ever released opens, keeps what is in it and takes more.
    @Test(arguments: ["1", "2"])
    func olderFilesAreBroughtUpToDate(_ version: String) async throws {
        try await withTemporaryFolder { folder in
            let queue = try DatabaseQueue(path: folder.ledger.database)
            try Schema.migrator.migrate(queue, upTo: version)
            try await queue.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO names VALUES (1, 'llama3');
                        INSERT INTO usage_daily (day, feature, team, key, model, backend, currency, escalated, ok, refused,
                            failed, cut, cancelled, unmetered, estimated, estimated_tokens, input_tokens)
                        VALUES (20000, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 4000);
                        """)
            }
            try queue.close()
            try TestLedger(folder).write([.sample()])
            let report = try await LedgerReader(path: folder.ledger.database).usage(by: [.model])
            #expect(report.groups.map(\.values) == [["llama3"]])
            #expect(report.totals.requests == 8)
            #expect(report.totals.amounts.inputTokens == 4890)
        }
    }

    /// Rows of version 1 have ids that say nothing; they keep their times and their order.
    @Test func rowsAreBroughtUpToDate() async throws {
        try await withTemporaryFolder { folder in
            let queue = try DatabaseQueue(path: folder.ledger.database)
            try Schema.migrator.migrate(queue, upTo: "1")
            try await queue.write { db in
                for (name, time) in [("late", midnight * 1000 + 7), ("early", 5), ("late too", midnight * 1000 + 7)] {
                    try db.execute(
                        sql: """
                            INSERT INTO requests (started_ms, request_id, client, route, feature, team, key, model, backend,
                                reason, error, currency, escalated, stream, outcome, usage_source, status, input_tokens,
                                queue_us, load_us, duration_us, overhead_us, bytes_in, bytes_out)
                            VALUES (?, ?, 'me', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 200, 890, 1, 2, 3, 4, 5, 6)
                            """, arguments: [time, name])
                }
            }
            try queue.close()
            try TestLedger(folder).write([.sample("new", at: midnight)])
            #expect(
                try folder.texts("SELECT request_id FROM requests ORDER BY id") == ["early", "new", "late", "late too"])
            #expect(
                try folder.texts("SELECT time || client || input_tokens || bytes_out FROM request_log LIMIT 1")
                    == ["1970-01-01T00:00:00.005Zme8906"])
            let reader = try LedgerReader(path: folder.ledger.database)
            let spent = try await reader.usage(by: [], since: midnight, until: midnight + 60)
            #expect(spent.totals.requests == 3)
        }
    }

    /// Two runs of the gateway that both wrote in the same millisecond do not take each other's ids.
    @Test func idsThatAreTakenArePassedOver() async throws {
        try await withTemporaryFolder { folder in
            try TestLedger(folder).write((0..<50).map { .sample("first-\($0)") })
            // The next ids begin where the highest one ends: at 0 again.
            try folder.tamper("UPDATE requests SET id = (id | 1048575) + 1048576 WHERE request_id = 'first-49'")
            try TestLedger(folder).write((0..<50).map { .sample("second-\($0)") })
            #expect(try folder.number("SELECT count(*) FROM requests") == 100)
        }
    }

    /// Version 1 has been released: whoever changes it breaks the files that people have.
    @Test func releasedTablesNeverChange() throws {
        let queue = try DatabaseQueue()
        try Schema.migrator.migrate(queue, upTo: "1")
        let schema = try queue.read { db in
            try String.fetchAll(
                db,
                sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'grdb_migrations' ORDER BY name")
        }
        #expect(
            ChainHash(of: Array(schema.joined(separator: ";").utf8)).description
                == "40633464ec93afb26fd219a46b3e23b22808b14b3149a311318e2359687cb06a")
    }

    @Test func anEmptyFileBecomesALedger() async throws {
        try await withTemporaryFolder { folder in
            try Data().write(to: URL(fileURLWithPath: folder.ledger.database))
            #expect(readError(folder) == .older(path: folder.ledger.database))
            try TestLedger(folder).write([.sample()])
            #expect(try folder.number("SELECT count(*) FROM requests") == 1)
        }
    }

    @Test func readingNeedsAFile() async throws {
        try await withTemporaryFolder { folder in
            let error = readError(folder)
            #expect(error == .missing(path: folder.ledger.database))
            #expect(error?.description.contains("There is no ledger at") == true)
            #expect(!FileManager.default.fileExists(atPath: folder.ledger.database))
        }
    }

    @Test func readingWorksWithAndWithoutAGateway() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            test.write([.sample()])
            #expect(try await LedgerReader(path: folder.ledger.database).usage(by: []).totals.requests == 1)
            test.ledger.close()
            #expect(try await LedgerReader(path: folder.ledger.database).usage(by: []).totals.requests == 1)
        }
    }

    /// What a killed gateway leaves: the log beside the file, nobody who has it open.
    @Test func aLogThatWasLeftBehindIsReadAndTakenIn() async throws {
        try await withTemporaryFolder { folder in
            try await withTemporaryFolder { copy in
                let test = try TestLedger(folder)
                test.write((0..<100).map { .escalation("\($0)") })
                for suffix in ["", "-wal"] {
                    try FileManager.default.copyItem(
                        atPath: folder.ledger.database + suffix, toPath: copy.ledger.database + suffix)
                }
                try FileManager.default.copyItem(atPath: folder.ledger.headFile, toPath: copy.ledger.headFile)
                #expect(try await LedgerReader(path: copy.ledger.database).usage(by: []).totals.requests == 100)
                let reopened = try TestLedger(copy)
                reopened.write([.escalation("next")])
                reopened.ledger.close()
                #expect(try EscalationAudit.verify(copy).count == 101)
                #expect(try copy.problems() == [])
            }
        }
    }

    @Test func aFolderThatIsNotThereIsSaid() async throws {
        try await withTemporaryFolder { folder in
            var settings = LedgerSettings()
            settings.isRequired = true
            let error = #expect(throws: LedgerError.self) {
                try Ledger(
                    dataDirectory: folder.path + "/none", settings: settings, logger: RecordedLog().logger)
            }
            #expect(
                error == .unusable(path: folder.path + "/none/ledger.sqlite", why: "No such file or directory"))
        }
    }
}
