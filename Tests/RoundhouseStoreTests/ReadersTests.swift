import Foundation
import GRDB
import RoundhouseCore
import Testing

@testable import RoundhouseStore

/// Readers and the writer at the same time.
@Suite struct ReadersTests {
    @Test func readersSeeWholeTransactionsAndNothingGoesBack() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder, pace: LedgerPace())
            let ledger = test.ledger
            let path = folder.ledger.database
            try await withThrowingTaskGroup { group in
                for _ in 0..<3 {
                    group.addTask {
                        var last = 0
                        while last < 20_000 {
                            let reader = try LedgerReader(path: path)
                            let sums = try await reader.usage(by: [.model]).totals
                            #expect(sums.requests >= last)
                            #expect(sums.amounts.inputTokens ?? 0 == sums.requests * 890)
                            last = sums.requests
                        }
                    }
                }
                group.addTask {
                    for piece in 0..<100 {
                        ledger.take((0..<200).map { .sample("\(piece)-\($0)") })
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                try await group.waitForAll()
            }
            #expect(ledger.close().written == 20_000)
        }
    }

    @Test func aReaderThatTakesItsTimeHoldsNobodyUp() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            test.write([.sample()])
            let file = try LedgerFile.forReading(folder.ledger.database)
            let before = try await file.queue.read { db in
                let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM requests")
                // The snapshot is held while the writer commits and closes.
                test.write((0..<5000).map { .sample("\($0)") })
                #expect(test.ledger.status.written == 5001)
                #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM requests") == count)
                return count
            }
            #expect(before == 1)
            #expect(try await file.queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM requests") } == 5001)
            test.ledger.close()
        }
    }

    @Test func readersCannotWrite() async throws {
        try await withTemporaryFolder { folder in
            _ = try TestLedger(folder)
            let file = try LedgerFile.forReading(folder.ledger.database)
            await #expect(throws: (any Error).self) {
                try await file.queue.write { try $0.execute(sql: "DELETE FROM requests") }
            }
        }
    }
}
