import Foundation
import RoundhouseCore
import Testing

@testable import RoundhouseStore

@Suite struct KilledTests {
    /// The child writes as a gateway does, notes what it has handed over and when, and is killed by signal 9.
    @Test func atMostTheLastSecondIsMissing() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                let test = try TestLedger(TemporaryFolder(at: path), pace: LedgerPace())
                let notes = try FileHandle(forWritingTo: makeFile(path + "/notes"))
                let start = MonotonicClock.nanoseconds()
                var count = 0
                while MonotonicClock.nanoseconds() - start < 3_000_000_000 {
                    test.ledger.take(
                        (count..<count + 20).map { $0 % 10 == 0 ? .escalation("\($0)") : .sample("\($0)") })
                    count += 20
                    notes.write(Data("\(MonotonicClock.nanoseconds()) \(count)\n".utf8))
                    try await Task.sleep(for: .milliseconds(10))
                }
                notes.write(Data("\(MonotonicClock.nanoseconds()) killed\n".utf8))
                kill(getpid(), SIGKILL)
            }
            let notes = try String(contentsOfFile: path + "/notes", encoding: .utf8).split(separator: "\n")
                .map { $0.split(separator: " ") }
            let killed = try #require(notes.last.flatMap { Int64($0[0]) })
            let owed = notes.dropLast().last { killed - (Int64($0[0]) ?? killed) >= 1_000_000_000 }.flatMap {
                Int($0[1])
            }
            let test = try TestLedger(folder)
            let found = try folder.texts("SELECT request_id FROM requests ORDER BY id")
            #expect(found.count >= (try #require(owed)))
            // What is there is the beginning of what was handed over, without a gap, and all of it agrees.
            #expect(found == (0..<found.count).map(String.init))
            #expect(try folder.number("SELECT sum(ok) FROM usage_daily") == Int64(found.count))
            #expect(try EscalationAudit.verify(folder).count == Int64((found.count + 9) / 10))
            #expect(try folder.problems() == [])
            #expect(try folder.texts("PRAGMA integrity_check") == ["ok"])
            #expect(test.ledger.status.chainProblems.isEmpty)
            test.ledger.close()
        }
    }
}

private func makeFile(_ path: String) throws -> URL {
    let url = URL(fileURLWithPath: path)
    try Data().write(to: url)
    return url
}
