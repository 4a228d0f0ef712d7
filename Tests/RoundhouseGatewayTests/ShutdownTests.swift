import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// SIGTERM's work: finish what runs, within limits.
@Suite struct ShutdownTests {
    @Test func aRunningStreamIsFinishedAndNobodyNewComesIn() async throws {
        let goOn = Signal()
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            try connection.chunk(Events.text("one"))
            try goOn.wait()
            try connection.chunk(Events.text("two") + Events.done)
            try connection.endChunks()
        }
        try await TestGateway.run(upstream: upstream, change: { $0.settings.shutdownTimeout = .seconds(20) }) {
            gateway in
            let client = try gateway.client()
            try await client.send(Request.chat(Request.streamedWithUsage))
            try await client.read(until: "one")
            let idle = try gateway.client()
            try await idle.send(Request.get("/healthz"))
            #expect(try await idle.answer().status == 200)

            async let stopped: Void = gateway.shutdown()
            #expect(try await idle.sawEnd(), "idle connections are closed")
            let port = gateway.port
            try await eventually("new connections are refused") {
                do {
                    _ = try RawClient(port: port)
                    return false
                } catch is SocketError {
                    return true
                }
            }
            goOn.give()
            let answer = try await client.answer()
            #expect(answer.text == Events.text("one") + Events.text("two") + Events.done)
            #expect(try await client.sawEnd())
            try await stopped
            #expect(
                try await gateway.log(2).contains { $0["outcome"] as? String == "ok" && $0["stream"] as? Bool == true })
        }
    }

    @Test(arguments: [Request.streamed, Request.streamedWithUsage])
    func atTheDeadlineAStreamEndsWithAnError(options: String) async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            try connection.chunk(Events.text("one"))
            try connection.waitForClose()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat(options))
            try await client.read(until: "one")
            async let stopped: Void = gateway.shutdown()
            let answer = try await client.answer()
            #expect(answer.isComplete)
            #expect(answer.text.hasPrefix(Events.text("one") + #"data: {"error":"#))
            #expect(answer.text.contains("shutting_down"))
            try await upstream.sawClose()
            try await stopped
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "cut")
            #expect(record["error"] as? String == "shutting_down")
        }
    }

    @Test func atTheDeadlineAnAnswerThatHasNotBegunIsA503() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.waitForClose()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat())
            try await upstream.hasRead(1)
            async let stopped: Void = gateway.shutdown()
            let answer = try await client.answer()
            #expect(answer.status == 503)
            #expect(answer.errorCode == "shutting_down")
            #expect(answer.header("retry-after") == "5")
            try await stopped
        }
    }

    @Test func aRequestThatComesDuringShutdownIsRefused() async throws {
        let goOn = Signal()
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try goOn.wait()
            try connection.answer("{}")
        }
        let change: (inout Setup) -> Void = {
            $0.settings.shutdownTimeout = generous
            $0.settings.headerTimeout = generous
        }
        try await TestGateway.run(upstream: upstream, change: change) { gateway in
            let busy = try gateway.client()
            try await busy.send(Request.chat())
            try await upstream.hasRead(1)
            let late = try gateway.client()
            try await late.send("GET /v1/models HTTP/1.1\r\nHost: loc")
            let idle = try gateway.client()
            try await idle.send(Request.get("/healthz"))
            #expect(try await idle.answer().status == 200)
            async let stopped: Void = gateway.shutdown()
            #expect(try await idle.sawEnd())
            try await late.send("alhost\r\n\r\n")
            let refused = try await late.answer()
            #expect(refused.status == 503)
            #expect(refused.errorCode == "shutting_down")
            goOn.give()
            let answer = try await busy.answer()
            #expect(answer.status == 200)
            #expect(answer.header("connection") == "close")
            try await stopped
        }
    }

    @Test func aSlowReaderIsWaitedFor() async throws {
        let folder = try TestGateway.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let upstream = try ScriptedUpstream(unixPath: folder + "/up.sock") { connection in
            guard try connection.request() != nil else { return }
            try connection.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
            _ = try connection.sendWhileRead([UInt8](repeating: 0x20, count: 32_768))
        }
        try await TestGateway.run(upstream: upstream, change: { $0.settings.shutdownTimeout = .seconds(20) }) {
            gateway in
            let client = try gateway.client(receiveBuffer: 16_384)
            try await client.send(Request.chat())
            _ = try await gateway.record()
            async let stopped: Void = gateway.shutdown()
            let port = gateway.port
            try await eventually("the listener is closed") {
                do {
                    _ = try RawClient(port: port)
                    return false
                } catch is SocketError {
                    return true
                }
            }
            #expect(try await client.answer().isComplete)
            #expect(try await client.sawEnd())
            try await stopped
        }
    }
}
