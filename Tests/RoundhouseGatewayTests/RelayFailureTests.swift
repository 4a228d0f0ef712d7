import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// What clients and records see when an upstream misbehaves.
@Suite struct RelayFailureTests {
    /// Asks for a stream and gives the answer, the log's record and the upstream's connection count.
    private func stream(
        _ script: @escaping @Sendable (ScriptedConnection) throws -> Void,
        request: String = Request.chat(Request.streamed),
        _ check: (HTTPAnswer, [String: Any], ScriptedUpstream) async throws -> Void
    ) async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try script(connection)
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let answer = try await gateway.ask(request)
            try await check(answer, try await gateway.record(), upstream)
        }
    }

    @Test func anUpstreamThatDiesBeforeItsHeadIsA502() async throws {
        try await stream({ _ in }) { answer, record, upstream in
            #expect(answer.status == 502)
            #expect(answer.errorCode == "upstream_failed")
            #expect(answer.errorMessage.contains("without an answer"))
            #expect(record["outcome"] as? String == "failed")
            #expect(record["status"] as? Int == 502)
            #expect(record["error"] as? String == "upstream_failed")
            #expect(upstream.requests.count == 1, "a POST on a fresh connection is not repeated")
        }
    }

    @Test func anUpstreamThatDiesInsideItsHeadIsA502() async throws {
        try await stream({ try $0.send("HTTP/1.1 200 OK\r\ncontent-") }) { answer, _, upstream in
            #expect(answer.status == 502)
            #expect(answer.errorMessage.contains("inside the head"))
            #expect(upstream.requests.count == 1)
        }
    }

    @Test func anUpstreamThatDiesBetweenHeadAndBodyIsA502() async throws {
        try await stream({ try $0.beginStream() }) { answer, record, _ in
            #expect(answer.status == 502)
            #expect(answer.errorCode == "upstream_failed")
            #expect(record["outcome"] as? String == "failed")
        }
    }

    @Test func aResetBeforeTheHeadIsA502() async throws {
        try await stream({ $0.reset() }) { answer, _, upstream in
            #expect(answer.status == 502)
            #expect(upstream.requests.count == 1)
        }
    }

    @Test(arguments: [Request.streamed, Request.streamedWithUsage])
    func anUpstreamThatDiesInTheMiddleEndsTheStreamWithAnError(options: String) async throws {
        try await stream(
            {
                try $0.beginStream()
                try $0.chunk(Events.text("one"))
                try $0.send("1f\r\ndata: {\"id\"")
            }, request: Request.chat(options)
        ) { answer, record, _ in
            #expect(answer.status == 200)
            #expect(answer.isComplete, "the error event is the last chunk but the empty one")
            #expect(answer.text.hasPrefix(Events.text("one")))
            let last = answer.text.dropFirst(Events.text("one").count)
            #expect(last.hasPrefix(#"data: {"error":{"message":"#), "\(last)")
            #expect(last.hasSuffix("}}\n\n"))
            #expect(last.contains("upstream_failed"))
            #expect(record["outcome"] as? String == "cut")
            #expect(record["status"] as? Int == 200)
            #expect(record["output_tokens"] as? Int == 1)
            #expect(record["usage_source"] as? String == "estimated")
        }
    }

    @Test(arguments: [Request.streamed, Request.streamedWithUsage])
    func aResetInTheMiddleIsACut(options: String) async throws {
        let goOn = Signal()
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            try connection.chunk(Events.text("one"))
            try goOn.wait()
            connection.reset()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat(options))
            try await client.read(until: "one")
            goOn.give()
            let answer = try await client.answer()
            #expect(answer.text.contains(#"data: {"error":"#))
            #expect(try await client.sawEnd(), "the connection is closed after an error in a stream")
            #expect(try await gateway.record()["outcome"] as? String == "cut")
        }
    }

    @Test(arguments: [Request.streamed, Request.streamedWithUsage])
    func aStreamWithoutDoneIsACut(options: String) async throws {
        try await stream(
            {
                try $0.beginStream()
                try $0.chunk(Events.text("one"))
                try $0.endChunks()
            }, request: Request.chat(options)
        ) { answer, record, _ in
            #expect(answer.text.hasPrefix(Events.text("one") + #"data: {"error":"#))
            #expect(answer.text.contains("[DONE]"), "the message names what is missing")
            #expect(!answer.text.contains(Events.done))
            #expect(record["outcome"] as? String == "cut")
        }
    }

    @Test(arguments: [Request.streamed, Request.streamedWithUsage])
    func aBrokenChunkIsACut(options: String) async throws {
        try await stream(
            {
                try $0.beginStream()
                try $0.chunk(Events.text("one"))
                try $0.send("zz\r\ngarbage\r\n")
                try $0.waitForClose()
            }, request: Request.chat(options)
        ) { answer, record, upstream in
            #expect(answer.text.hasPrefix(Events.text("one") + #"data: {"error":"#))
            #expect(record["outcome"] as? String == "cut")
            try await upstream.sawClose()
        }
    }

    @Test func anErrorInTheStreamIsPassedOnAndRecordedAsCut() async throws {
        let event = "data: {\"error\":{\"message\":\"out of memory\"}}\n\n"
        try await stream({
            try $0.beginStream()
            try $0.chunk(Events.text("one"))
            try $0.chunk(event)
            try $0.chunk(Events.done)
            try $0.endChunks()
        }) { answer, record, _ in
            #expect(answer.text == Events.text("one") + event + Events.done)
            #expect(record["outcome"] as? String == "cut" && record["error"] as? String == "upstream_failed")
        }
    }

    @Test func aBodyShorterThanItsLengthIsACutThatLooksLikeOne() async throws {
        try await stream(
            {
                try $0.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"id\":1")
            },
            request: Request.chat()
        ) { answer, record, _ in
            #expect(answer.status == 200)
            #expect(answer.header("content-length") == "100")
            #expect(!answer.isComplete, "nothing may fill the body up")
            #expect(answer.text == "{\"id\":1")
            #expect(record["outcome"] as? String == "cut")
        }
    }

    @Test func bytesBehindTheEndAreNotPassedOnAndTheConnectionIsNotUsedAgain() async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil {
                try connection.send(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\nsmuggled"
                )
            }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            for _ in 0..<2 {
                try await client.send(Request.chat())
                let answer = try await client.answer()
                #expect(answer.text == "{}")
                #expect(answer.status == 200)
            }
            #expect(upstream.connections.count == 2)
            try await upstream.sawClose(0)
            try await upstream.sawClose(1)
        }
    }

    @Test(arguments: [
        ("text/html; charset=utf-8", "", "web page"), ("application/json", "content-encoding: gzip\r\n", "compressed"),
    ])
    func whatIsNotAnAPIAnswerIsA502(type: String, header: String, word: String) async throws {
        try await stream({
            try $0.answer("<html>secret</html>", type: type, headers: header)
            try $0.waitForClose()
        }) { answer, record, upstream in
            #expect(answer.status == 502)
            #expect(answer.errorMessage.contains(word))
            #expect(!answer.text.contains("secret"))
            #expect(record["outcome"] as? String == "failed")
            try await upstream.sawClose()
        }
    }

    @Test func aConnectionWhoseBodyWasNotReadIsNotUsedAgain() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            guard connection.number == 0 else { return try connection.answer(Events.completion) }
            // A head whose body comes later: whoever uses the connection again takes the body for an answer.
            try connection.send("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 40\r\n\r\n")
            try connection.waitForClose()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat())
            #expect(try await client.answer().status == 502)
            try await client.send(Request.chat())
            #expect(try await client.answer().status == 200)
            try await upstream.sawClose(0)
            #expect(upstream.connections.count == 2)
        }
    }

    @Test(arguments: [301, 302, 307, 308])
    func aRedirectIsA502(status: Int) async throws {
        try await stream({ try $0.answer("", status: "\(status) Moved", headers: "location: http://evil/\r\n") }) {
            answer, _, upstream in
            #expect(answer.status == 502)
            #expect(answer.errorMessage.contains("redirect (\(status))"))
            #expect(answer.header("location") == nil)
            #expect(upstream.requests.count == 1)
        }
    }

    @Test(arguments: ["SSH-2.0-OpenSSH_9\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n"])
    func whatIsNotHTTPIsA502(text: String) async throws {
        try await stream({ try $0.send(text) }) { answer, _, _ in
            #expect(answer.status == 502)
            #expect(answer.errorCode == "upstream_failed")
        }
    }

    @Test func anEndlessHeadIsA502() async throws {
        try await stream({
            try $0.send("HTTP/1.1 200 OK\r\n")
            for _ in 0..<100 { try $0.send("x-filler: " + String(repeating: "a", count: 1000) + "\r\n") }
        }) { answer, _, _ in
            #expect(answer.status == 502)
            #expect(answer.errorMessage.contains("head"))
        }
    }

    @Test func nobodyListeningIsA502() async throws {
        let port = try DeafListener.closedPort()
        defer { port.stop() }
        let endpoint = Endpoint(address: .tcp(host: "127.0.0.1", port: port.port, tls: false), hostHeader: "x")
        let model = Model(
            name: "m", profile: .openAI, source: SourceLocation(file: "m.yaml", line: 1),
            placement: .attached([endpoint]))
        try await TestGateway.run(Setup([model])) { gateway in
            let answer = try await gateway.ask(Request.chat())
            #expect(answer.status == 502)
            #expect(answer.errorMessage.contains("connection refused"))
        }
    }

    @Test func interimAnswersAreSkipped() async throws {
        try await stream(
            {
                try $0.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n")
                try $0.answer(Events.completion)
            }, request: Request.chat()
        ) { answer, _, _ in
            #expect(answer.status == 200)
            #expect(answer.text == Events.completion)
            #expect(answer.header("link") == nil)
        }
    }
}
