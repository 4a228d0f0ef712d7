import Foundation
import RoundhouseCore
import RoundhouseTesting
import Synchronization
import Testing

// Tests that run in a process of their own came with Swift 6.2.
#if compiler(>=6.2)
/// What a large upload takes of memory, while it comes in and while it goes out.
@Suite struct UploadMemoryTests {
    private static let size = 200 << 20
    private static let block = UploadForm.noise(1 << 20)

    /// Resident memory of this process, in bytes.
    private static func resident() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) * 1024
    }

    private static func note(_ most: borrowing Mutex<Int>) throws {
        let now = try resident()
        most.withLock { $0 = max($0, now) }
    }

    /// In a process of its own: what other tests take meanwhile is no business of this one.
    @Test func twoHundredMebibytesPassInLittle() async throws {
        await #expect(processExitsWith: .success) { try await Self.passTwoHundredMebibytes() }
    }

    private static func passTwoHundredMebibytes() async throws {
        let start = UploadForm().file([]).body.dropLast(13)
        let end = Array("\r\n".utf8) + UploadForm().field("model", "m").body
        let length = start.count + size + end.count
        let upstream = try ScriptedUpstream { connection in
            guard try connection.head() != nil else { return }
            // A model that is busy at first.
            for _ in 0..<40 {
                try connection.readBody(100_000)
                usleep(10_000)
            }
            try connection.readBody(length - 4_000_000)
            try connection.answer("{}")
        }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(UploadForm.head(length: length) + start)
            let before = try resident()
            let most = Mutex(before)
            for _ in 0..<size / block.count {
                try await client.send(block)
                try note(most)
            }
            try await client.send(end)
            async let answer = client.answer()
            try await eventually("the model has taken all of it", within: .seconds(60)) {
                try note(most)
                return try await gateway.log(0).count == 1
            }
            #expect(try await answer.status == 200)
            let more = most.withLock { $0 } - before
            #expect(more < 40 << 20, "\(more >> 20) MiB more while it passed")
            #expect(try await gateway.record()["bytes_in"] as? Int == length)
            try await gateway.hasNoSpools()
        }
    }
}
#endif
