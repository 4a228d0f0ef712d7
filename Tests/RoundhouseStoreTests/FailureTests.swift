import Foundation
import RoundhouseCore
import Testing

@testable import RoundhouseStore

/// A ledger whose disk does not do its part.
@Suite struct FailureTests {
    private var required: LedgerSettings {
        var settings = LedgerSettings()
        settings.isRequired = true
        return settings
    }

    /// In a process of its own, because the limit on the size of files, which stands in for a full disk, is the process's.
    @Test func aFullDiskCostsNoRequestAndNoRecord() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            await #expect(processExitsWith: .success) { [path = path as String] in
                let folder = TemporaryFolder(at: path)
                let test = try TestLedger(folder)
                test.write([.escalation("before")])
                try DiskSpace.limit(to: DiskSpace.size(of: folder.ledger.database + "-wal"))
                for number in 0..<300 {
                    var record = RequestRecord.escalation("\(number)")
                    record.feature = "feature-\(number % 7)"
                    test.ledger.take([record])
                }
                test.ledger.flush()
                let status = test.ledger.status
                #expect(status.written == 1)
                #expect(status.waiting == 300)
                #expect(status.dropped == 0)
                #expect(status.failure != nil)
                #expect(status.failingSeconds != nil)
                #expect(test.ledger.isAccepting)
                test.ledger.flush()
                #expect(test.log.errors.count == 1)
                try DiskSpace.limit(to: nil)
                test.ledger.flush()
                #expect(test.ledger.status.failure == nil)
                #expect(test.ledger.status.lagSeconds == 0)
                #expect(test.log.notices.count == 1)
                #expect(test.ledger.close().written == 301)
                #expect(try folder.texts("SELECT request_id FROM requests ORDER BY id").dropFirst().first == "0")
                #expect(try folder.number("SELECT count(*) FROM requests") == 301)
                // The names that were new in the transactions that failed were not taken for known ones.
                #expect(try folder.number("SELECT count(*) FROM request_log WHERE feature LIKE 'feature-%'") == 300)
                #expect(try folder.number("SELECT sum(ok) FROM usage_daily") == 301)
                #expect(try EscalationAudit.verify(folder).count == 301)
                #expect(try folder.problems() == [])
            }
        }
    }

    @Test func aFullDiskClosesAGatewayThatMustRecord() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            await #expect(processExitsWith: .success) { [path = path as String] in
                var settings = LedgerSettings()
                settings.isRequired = true
                var pace = LedgerPace()
                pace.retry = .milliseconds(20)
                pace.longestRetry = .milliseconds(20)
                let test = try TestLedger(TemporaryFolder(at: path), settings: settings, pace: pace)
                #expect(test.ledger.isAccepting)
                try DiskSpace.limit(to: DiskSpace.size(of: path + "/ledger.sqlite-wal"))
                test.ledger.take((0..<300).map { .sample("\($0)") })
                try await waitUntil("refusing") { !test.ledger.isAccepting }
                // It refuses first and says so then.
                try await waitUntil("told") { test.log.errors.first?.contains("Requests are refused") == true }
                try DiskSpace.limit(to: nil)
                // Nobody has to ask: it goes on trying.
                try await waitUntil("accepting") { test.ledger.isAccepting }
                #expect(test.ledger.close().written == 300)
            }
        }
    }

    @Test func whatWaitsTooLongIsDroppedAndCounted() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            await #expect(processExitsWith: .success) { [path = path as String] in
                let folder = TemporaryFolder(at: path)
                var pace = LedgerPace.manual
                pace.waitingLimit = 1000
                let test = try TestLedger(folder, pace: pace)
                try DiskSpace.limit(to: DiskSpace.size(of: folder.ledger.database + "-wal"))
                test.write((0..<900).map { .sample("\($0)") })
                for number in 900..<2500 { test.ledger.take([.sample("\(number)")]) }
                test.ledger.flush()
                #expect(test.ledger.status.waiting == 1000)
                #expect(test.ledger.status.dropped == 1500)
                try DiskSpace.limit(to: nil)
                test.ledger.flush()
                #expect(try folder.texts("SELECT request_id FROM requests ORDER BY id LIMIT 1") == ["1500"])
                #expect(try folder.number("SELECT count(*) FROM requests") == 1000)
                #expect(test.log.notices.first?.contains("1500 records were dropped") == true)
                #expect(test.ledger.close().dropped == 1500)
            }
        }
    }

    @Test func closingOnAFullDiskSaysWhatIsLost() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            await #expect(processExitsWith: .success) { [path = path as String] in
                let test = try TestLedger(TemporaryFolder(at: path))
                try DiskSpace.limit(to: DiskSpace.size(of: path + "/ledger.sqlite-wal"))
                test.ledger.take((0..<300).map { .sample("\($0)") })
                let status = test.ledger.close()
                #expect(status.written == 0)
                #expect(status.dropped == 300)
                #expect(
                    test.log.errors.contains { $0.hasPrefix("300 records of requests could not be written") })
            }
        }
    }

    /// SQLite would go on writing into a file that nobody can find any more.
    @Test func aFileThatIsDeletedIsBegunAnew() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder, settings: required)
            test.write([.escalation("lost")])
            for suffix in ["", "-wal", "-shm"] {
                try FileManager.default.removeItem(atPath: folder.ledger.database + suffix)
            }
            test.write([.escalation("kept")])
            #expect(!test.ledger.isAccepting)
            #expect(test.log.errors.first?.contains("the file was deleted or moved") == true)
            test.ledger.flush()
            #expect(test.ledger.isAccepting)
            #expect(try folder.texts("SELECT request_id FROM requests") == ["kept"])
            // The chain remembers that there was another one.
            #expect(try folder.problems().count == 1)
        }
    }

    @Test func aLedgerThatCannotBeOpenedYetIsOpenedLater() async throws {
        try await withTemporaryFolder { folder in
            let data = TemporaryFolder(at: folder.path + "/data")
            let test = try TestLedger(data)
            #expect(test.ledger.isAccepting)
            #expect(test.ledger.status.failure != nil)
            #expect(test.ledger.status.head == nil)
            #expect(test.log.errors.count == 1)
            test.write([.sample()])
            #expect(test.ledger.status.waiting == 1)
            try FileManager.default.createDirectory(atPath: data.path, withIntermediateDirectories: false)
            test.ledger.flush()
            #expect(test.ledger.status.failure == nil)
            #expect(try data.number("SELECT count(*) FROM requests") == 1)
            test.ledger.close()
        }
    }

    @Test func aLockedFileIsWaitedFor() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            try folder.holdingTheWriteLock {
                test.ledger.take([.sample()])
            }
            test.ledger.flush()
            #expect(test.ledger.status.written == 1)
            test.ledger.close()
        }
    }

    @Test func rowsSlippedIntoTheChainDoNotStopTheLedger() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            test.write([.escalation("a")])
            try folder.tamper("INSERT INTO escalations (seq, previous, hash) VALUES (2, x'00', x'00')")
            test.write([.escalation("b")])
            #expect(test.ledger.status.failure != nil)
            test.ledger.flush()
            #expect(test.ledger.status.failure == nil)
            #expect(test.ledger.status.written == 2)
            #expect(test.ledger.status.chainProblems.count == 1)
            #expect(try folder.number("SELECT seq FROM escalations WHERE request_id = 'b'") == 3)
            #expect(try !EscalationAudit.verify(folder).isSound)
        }
    }
}
