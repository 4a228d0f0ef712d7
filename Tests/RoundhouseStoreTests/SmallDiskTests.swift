import Foundation
import RoundhouseCore
import Testing

@testable import RoundhouseStore

/// The folder on a small disk of its own that the environment names, if it does; the test fills that disk:
/// `mount -t tmpfs -o size=4m none /mnt/small`, then `ROUNDHOUSE_SMALL_DISK=/mnt/small swift test --filter SmallDisk`.
private let smallDisk = ProcessInfo.processInfo.environment["ROUNDHOUSE_SMALL_DISK"]

@Suite(.enabled(if: smallDisk != nil)) struct SmallDiskTests {
    @Test func aDiskThatIsReallyFullCostsNothingEither() async throws {
        let folder = TemporaryFolder(at: try #require(smallDisk) + "/ledger")
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
        let test = try TestLedger(folder)
        test.write([.escalation("before")])
        let ballast = folder.path + "/ballast"
        fill(ballast)
        for number in 0..<2000 { test.ledger.take([.escalation("\(number)")]) }
        test.ledger.flush()
        #expect(test.ledger.status.failure != nil)
        #expect(test.ledger.status.waiting == 2000)
        #expect(test.ledger.isAccepting)
        test.ledger.flush()
        #expect(test.log.errors.count == 1)
        try FileManager.default.removeItem(atPath: ballast)
        test.ledger.flush()
        #expect(test.ledger.status.failure == nil)
        #expect(test.ledger.close().written == 2001)
        #expect(try folder.number("SELECT count(*) FROM requests") == 2001)
        #expect(try folder.number("SELECT sum(ok) FROM usage_daily") == 2001)
        #expect(try folder.problems() == [])
        try folder.remove()
    }

    /// Writes until the disk takes no more.
    private func fill(_ path: String) {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        for size in [65_536, 1] {
            let piece = [UInt8](repeating: 0x2a, count: size)
            while write(file, piece, size) == size {}
        }
        close(file)
    }
}
