import Foundation
import GRDB
import RoundhouseCore
import Testing

@testable import RoundhouseStore

@Suite struct LedgerWritingTests {
    @Test func aRecordBecomesARowWithAllItsFields() async throws {
        try await withTemporaryFolder { folder in
            var record = RequestRecord.sample("req-42", at: midnight + 1)
            record.startedAt += 234_999_999
            record.cost = Money(billionths: 1_500_000_000)
            record.currency = "EUR"
            record.client = "10.0.0.7"
            record.arm = "assistant/llama3"
            record.stream = true
            record.usage.cachedTokens = 0
            record.errorCode = "stream_cut"
            record.outcome = .cut
            record.queueMicroseconds = 1
            record.loadMicroseconds = 2
            record.firstByteMicroseconds = 3
            record.durationMicroseconds = 4
            record.overheadMicroseconds = 5
            record.bytesIn = 6
            record.bytesOut = 7
            try TestLedger(folder).write([record])
            let queue = try DatabaseQueue(path: folder.ledger.database)
            let row = try #require(try queue.read { try Row.fetchOne($0, sql: "SELECT * FROM request_log") })
            let expected: [String: (any DatabaseValueConvertible)?] = [
                "time": "2026-11-24T00:00:01.234Z", "request_id": "req-42", "route": "POST /v1/chat/completions",
                "feature": "doc-summary", "team": "research", "key": "research-ci", "client": "10.0.0.7",
                "requested_model": "assistant", "model": "llama3", "backend": "llama-cpp", "reason": "alias",
                "arm": "assistant/llama3",
                "escalated": 0, "stream": 1, "status": 200, "outcome": "cut", "error": "stream_cut",
                "usage_source": "provider", "input_tokens": 890, "cached_tokens": 0, "output_tokens": 120,
                "audio_ms": nil, "characters": nil, "images": nil, "cost": 1.5, "currency": "EUR", "queue_us": 1,
                "load_us": 2, "first_byte_us": 3, "duration_us": 4, "overhead_us": 5, "bytes_in": 6, "bytes_out": 7,
                "id": ((midnight + 1) * 1000 + 234) << 20,
            ]
            #expect(Set(row.columnNames) == Set(expected.keys))
            for (column, value) in expected {
                #expect(row[column] as DatabaseValue == value?.databaseValue ?? .null, "\(column)")
            }
        }
    }

    @Test func absentIsUnknownAndZeroIsAValue() async throws {
        try await withTemporaryFolder { folder in
            var unknown = RequestRecord()
            unknown.startedAt = midnight * 1_000_000_000
            var zero = unknown
            zero.usage.inputTokens = 0
            zero.cost = .zero
            zero.currency = "USD"
            zero.team = ""
            try TestLedger(folder).write([unknown, zero])
            #expect(
                try folder.texts(
                    "SELECT typeof(input_tokens) || typeof(cost) || typeof(team) FROM request_log ORDER BY id")
                    == ["nullnullnull", "integerrealtext"])
        }
    }

    @Test func closingWritesEverything() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            for number in 0..<5000 { test.ledger.take([.sample("\(number)")]) }
            let status = test.ledger.close()
            #expect(status.written == 5000)
            #expect(status.waiting == 0)
            #expect(status.dropped == 0)
            #expect(try folder.texts("SELECT request_id FROM requests ORDER BY id") == (0..<5000).map(String.init))
            // The log has gone into the file and is removed.
            #expect(!FileManager.default.fileExists(atPath: folder.ledger.database + "-wal"))
        }
    }

    @Test func afterClosingRecordsAreCountedAsDropped() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            test.ledger.close()
            test.ledger.take([.sample(), .sample()])
            test.ledger.flush()
            #expect(test.ledger.close().dropped == 2)
        }
    }

    @Test func recordsAreWrittenWithoutBeingAsked() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder, pace: LedgerPace())
            test.ledger.take([.sample()])
            try await waitUntil("written") { test.ledger.status.written == 1 }
            test.ledger.close()
        }
    }

    @Test func aLedgerThatIsReopenedGoesOn() async throws {
        try await withTemporaryFolder { folder in
            for _ in 0..<3 {
                let test = try TestLedger(folder)
                test.ledger.take([.sample(), .escalation("e")])
                #expect(test.ledger.close().written == 2)
            }
            #expect(try folder.number("SELECT count(*) FROM requests") == 6)
            #expect(try folder.number("SELECT count(*) FROM names WHERE text = 'llama3'") == 1)
            #expect(try folder.number("SELECT sum(ok) FROM usage_daily") == 6)
            #expect(try EscalationAudit.verify(folder).isSound)
        }
    }

    @Test func theFilesAreForTheOwnerAlone() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            test.write([.escalation("e")])
            let paths = [
                folder.ledger.database, folder.ledger.database + "-wal", folder.ledger.database + "-shm",
                folder.ledger.headFile,
            ]
            for path in paths {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(path)")
            }
        }
    }

    @Test func whatAnUpstreamClaimsStaysWithinBounds() async throws {
        try await withTemporaryFolder { folder in
            var record = RequestRecord.sample()
            record.usage.inputTokens = .max
            record.usage.outputTokens = .min
            record.durationMicroseconds = .max
            record.cost = Money(billionths: .max)
            record.currency = "USD"
            record.startedAt = midnight * 1_000_000_000
            let test = try TestLedger(folder)
            test.write([record, record])
            test.write([record, record])
            #expect(test.ledger.status.written == 4)
            let totals = try await LedgerReader(path: folder.ledger.database).usage(by: []).totals
            #expect(totals.amounts.inputTokens == 4 * 0xffff_ffff)
            #expect(totals.amounts.outputTokens == 0)
            #expect(totals.costs == ["USD": Money(billionths: .max)])
            let rows = try await LedgerReader(path: folder.ledger.database)
                .usage(by: [], since: midnight, until: midnight + 10).totals
            #expect(rows == totals)
        }
    }

    @Test func aFeatureForEachRequestDoesNotFillTheRollUps() async throws {
        try await withTemporaryFolder { folder in
            var pace = LedgerPace.manual
            pace.featuresADay = 3
            let test = try TestLedger(folder, pace: pace)
            func record(_ feature: String, day: Int64) -> RequestRecord {
                var record = RequestRecord.sample(at: midnight + day * 86_400)
                record.feature = feature
                return record
            }
            test.write((0..<100).map { record("f\($0)", day: 0) } + (0..<4).map { record("g\($0)", day: 1) })
            let report = try await LedgerReader(path: folder.ledger.database).usage(by: [.day, .feature])
            let counts = report.groups.map { "\($0.values[0] ?? "-") \($0.values[1] ?? "-") \($0.totals.requests)" }
            #expect(
                counts == [
                    "2026-11-24 (others) 97", "2026-11-24 f0 1", "2026-11-24 f1 1", "2026-11-24 f2 1",
                    "2026-11-25 (others) 1", "2026-11-25 g0 1", "2026-11-25 g1 1", "2026-11-25 g2 1",
                ])
        }
    }
}
