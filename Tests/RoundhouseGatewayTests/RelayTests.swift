import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Answers that go as they should, in whatever pieces they come.
@Suite struct RelayTests {
    private static let stream =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

    private static func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n" }

    @Test func aRequestForUsageGetsTheBytesAsTheyAre() async throws {
        let raw =
            "5;ext=1\r\ndata:\r\n" + Self.chunk(" {\"choices\":[{}]}\n\n") + Self.chunk(Events.usage + Events.done)
            + "0\r\nx-trailer: 1\r\n\r\n"
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try connection.send(Self.stream + raw) }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat(Request.streamedWithUsage, headers: "Connection: close\r\n"))
            let bytes = try await client.readToEnd()
            let text = String(decoding: bytes, as: UTF8.self)
            let body = try #require(text.range(of: "\r\n\r\n").map { text[$0.upperBound...] })
            #expect(body == raw[...])
            let record = try await gateway.record()
            #expect(record["input_tokens"] as? Int == 7)
            #expect(record["output_tokens"] as? Int == 3)
            #expect(record["usage_source"] as? String == "provider")
            #expect(record["outcome"] as? String == "ok")
            #expect(record["stream"] as? Bool == true)
            let sent = try #require(upstream.requests.first)
            #expect(sent.text.contains(#""include_usage":true"#))
        }
    }

    @Test func usageThatWasNotAskedForIsWithheldAndRecorded() async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil {
                try connection.send(
                    Self.stream + Self.chunk(Events.text("a") + Events.usage) + Self.chunk(Events.done) + "0\r\n\r\n")
            }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let answer = try await gateway.ask(Request.chat(Request.streamed))
            #expect(answer.isComplete)
            #expect(answer.text == Events.text("a") + Events.done)
            let record = try await gateway.record()
            #expect(record["input_tokens"] as? Int == 7)
            #expect(record["output_tokens"] as? Int == 3)
            let sent = try #require(upstream.requests.first)
            #expect(sent.text.contains(#""stream_options":{"include_usage":true}"#))
        }
    }

    @Test(arguments: [Request.streamed, Request.streamedWithUsage])
    func oneByteAtATimeIsTheSameAnswer(options: String) async throws {
        let text = Events.text("Grüße, 世界 🚂") + Events.text("zwei")
        let whole = Self.stream + Self.chunk(text) + Self.chunk(Events.done) + "0\r\n\r\n"
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil {
                for byte in whole.utf8 { try connection.send([byte]) }
            }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let answer = try await gateway.ask(Request.chat(options))
            #expect(answer.isComplete)
            #expect(answer.text == text + Events.done)
            #expect(try await gateway.record()["outcome"] as? String == "ok")
        }
    }

    @Test(arguments: [Request.streamed, Request.streamedWithUsage])
    func eventsAndCharactersSplitBetweenChunksComeWhole(options: String) async throws {
        let text = Events.text("Straße")
        let middle = text.utf8.count / 2 + 20
        let first = Array(text.utf8.prefix(middle))
        let second = Array(text.utf8.dropFirst(middle))
        let goOn = Signal()
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            try connection.chunk(Events.text("one"))
            try connection.send(Array("\(String(first.count, radix: 16))\r\n".utf8) + first)
            try goOn.wait()
            try connection.send(Array("\r\n\(String(second.count, radix: 16))\r\n".utf8) + second + Array("\r\n".utf8))
            try connection.chunk(Events.text("two") + Events.text("three") + Events.done)
            try connection.endChunks()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat(options))
            let before = try await client.read(until: "one")
            #expect(!before.contains("Stra"), "half an event is held back")
            goOn.give()
            let answer = try await client.answer()
            #expect(answer.text == Events.text("one") + text + Events.text("two") + Events.text("three") + Events.done)
        }
    }

    @Test func eventsComeAsSoonAsTheyAreThere() async throws {
        let signals = (0..<3).map { _ in Signal() }
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            for (index, signal) in signals.enumerated() {
                try connection.chunk(Events.text("number\(index)"))
                try signal.wait()
            }
            try connection.chunk(Events.done)
            try connection.endChunks()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat(Request.streamed))
            for (index, signal) in signals.enumerated() {
                try await client.read(until: "number\(index)")
                signal.give()
            }
            #expect(try await client.answer().isComplete)
        }
    }

    @Test func aBodyUntilTheConnectionEndsIsChunkedForTheClient() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + Events.completion)
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            for count in 1...2 {
                try await client.send(Request.chat())
                let answer = try await client.answer()
                #expect(answer.header("transfer-encoding") == "chunked")
                #expect(answer.isComplete)
                #expect(answer.text == Events.completion)
                #expect(upstream.connections.count == count)
            }
            #expect(try await gateway.log(2)[0]["input_tokens"] as? Int == 7)
        }
    }

    @Test func aStreamUntilTheConnectionEndsNeedsItsDone() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            let isWhole = connection.number == 0
            try connection.send(
                "HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + Events.text("a")
                    + (isWhole ? Events.done : ""))
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let first = try await gateway.ask(Request.chat(Request.streamed))
            #expect(first.text == Events.text("a") + Events.done)
            let second = try await gateway.ask(Request.chat(Request.streamed))
            #expect(second.text.hasPrefix(Events.text("a") + #"data: {"error""#))
            #expect(try await gateway.log(2).map { $0["outcome"] as? String } == ["ok", "cut"])
        }
    }

    @Test func aLastEventWithoutItsEmptyLineIsNotLost() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            try connection.chunk(Events.text("a") + "data: [DONE]\n")
            try connection.endChunks()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            for options in [Request.streamed, Request.streamedWithUsage] {
                let answer = try await gateway.ask(Request.chat(options))
                #expect(answer.isComplete)
                #expect(answer.text == Events.text("a") + "data: [DONE]\n")
            }
        }
    }

    @Test func aClientOfHTTP10GetsNoChunks() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            try connection.chunk(Events.text("a"))
            try connection.chunk(Events.done)
            try connection.endChunks()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            for options in [Request.streamed, Request.streamedWithUsage] {
                let client = try gateway.client()
                try await client.send(Request.chat(options, version: "1.0"))
                let answer = try await client.answer()
                #expect(answer.header("transfer-encoding") == nil)
                #expect(answer.header("connection") == "close")
                #expect(answer.text == Events.text("a") + Events.done)
            }
        }
    }

    @Test func connectionsAreUsedAgain() async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try connection.answer(Events.completion) }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            for _ in 0..<5 {
                try await client.send(Request.chat())
                #expect(try await client.answer().text == Events.completion)
            }
            #expect(upstream.requests.map(\.connection) == [0, 0, 0, 0, 0])
        }
    }

    @Test(arguments: ["connection: close\r\n", "Connection: foo, Close\r\n"])
    func aConnectionThatTheUpstreamClosesIsNotUsedAgain(header: String) async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try connection.answer("{}", headers: header) }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            for _ in 0..<2 {
                let answer = try await gateway.ask(Request.chat())
                #expect(answer.status == 200)
            }
            #expect(upstream.requests.map(\.connection) == [0, 1])
        }
    }

    @Test func aDeadIdleConnectionIsTriedOnceAgain() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.answer(Events.completion)
            // The second request is read and the connection closed on it, without an answer.
            if connection.number == 0 { _ = try connection.request() } else { try connection.waitForClose() }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat())
            #expect(try await client.answer().status == 200)
            try await client.send(Request.chat(#""seed":2"#))
            #expect(try await client.answer().status == 200)
            #expect(upstream.requests.map(\.connection) == [0, 0, 1])
        }
    }

    @Test func aSecondDeathIsNotTriedAgain() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            guard connection.number == 0 else { return }
            try connection.answer(Events.completion)
            _ = try connection.request()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat())
            #expect(try await client.answer().status == 200)
            try await client.send(Request.chat())
            #expect(try await client.answer().status == 502)
            #expect(upstream.requests.map(\.connection) == [0, 0, 1])
        }
    }

    @Test func anAnswerThatHasBegunIsNotTriedAgain() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.answer(Events.completion)
            _ = try connection.request()
            try connection.send("HTTP/1.1 2")
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat())
            #expect(try await client.answer().status == 200)
            try await client.send(Request.chat())
            #expect(try await client.answer().status == 502)
            #expect(upstream.requests.count == 2)
        }
    }

    @Test func aUnixSocketServesAsWell() async throws {
        let folder = try TestGateway.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let upstream = try ScriptedUpstream(unixPath: folder + "/up.sock") { connection in
            while try connection.request() != nil { try connection.answer(Events.completion) }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            #expect(try await gateway.ask(Request.chat()).text == Events.completion)
            let sent = try #require(upstream.requests.first)
            #expect(sent.header("host") == "localhost")
        }
    }

    @Test func aLargeBodyArrivesWhole() async throws {
        let upstream = try ScriptedUpstream { connection in
            while let request = try connection.request() {
                try connection.answer(
                    "{\"bytes\":\(request.body.count),\"text\":\"" + String(repeating: "y", count: 3_000_000) + "\"}")
            }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let filler = String(repeating: "ü", count: 1_000_000)
            let request = Request.post(#"{"model":"m","messages":[{"role":"user","content":"\#(filler)"}]}"#)
            let answer = try await gateway.ask(request)
            #expect(answer.isComplete)
            #expect(answer.body.count > 3_000_000)
            let body = try #require(upstream.requests.first).text
            #expect(body == #"{"model":"m","messages":[{"role":"user","content":"\#(filler)"}]}"#)
        }
    }
}
