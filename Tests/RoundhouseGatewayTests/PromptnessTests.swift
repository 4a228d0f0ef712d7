import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// An event is passed on when it comes: nothing waits for more, neither in the gateway nor in the kernel.
@Suite struct PromptnessTests {
    @Test(arguments: [Request.streamed, Request.streamedWithUsage])
    func anEventIsAtTheClientBeforeTheNextOneIsSent(options: String) async throws {
        let count = 60
        let seen = (0..<count).map { _ in Signal() }
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            for number in 0..<count {
                try connection.chunk(Events.text("<\(number)>"))
                try seen[number].wait()
            }
            try connection.chunk(Events.done)
            try connection.endChunks()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat(options))
            for number in 0..<count {
                try await client.read(until: "<\(number)>")
                seen[number].give()
            }
            #expect(try await client.answer().isComplete)
        }
    }

    /// Without it the kernel would keep a small write back until the one before is acknowledged (RFC 896), which a reader
    /// may put off by 40 ms (RFC 1122, section 4.2.3.2).
    @Test func neitherSideWaitsToFillAPacket() async throws {
        let goOn = Signal()
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            try connection.chunk(Events.text("one"))
            try goOn.wait()
            try connection.chunk(Events.done)
            try connection.endChunks()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat(Request.streamed))
            try await client.read(until: "one")
            let front = Sockets.all.filter { $0.local == gateway.port && $0.peer != nil }
            let back = Sockets.all.filter { $0.peer == upstream.port }
            #expect(!front.isEmpty && front.allSatisfy(\.hasNoDelay))
            #expect(!back.isEmpty && back.allSatisfy(\.hasNoDelay))
            goOn.give()
            #expect(try await client.answer().isComplete)
        }
    }
}
