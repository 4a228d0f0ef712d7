import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Sizes, times and the course of a connection.
@Suite struct ConnectionTests {
    private func run(
        _ change: (inout ServerSettings) -> Void = { _ in },
        _ body: (TestGateway, ScriptedUpstream) async throws -> Void
    ) async throws {
        let upstream = try ScriptedUpstream { connection in
            while let request = try connection.request() { try connection.answer(#"{"n":\#(request.body.count)}"#) }
        }
        try await TestGateway.run(upstream: upstream, change: { change(&$0.settings) }) { try await body($0, upstream) }
    }

    @Test func aLengthBeyondTheLimitIsA413BeforeTheBody() async throws {
        try await run({ $0.maxBody = 1000 }) { gateway, upstream in
            for expectation in ["", "Expect: 100-continue\r\n"] {
                let client = try gateway.client()
                try await client.send(
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\(expectation)\r\n"
                )
                let answer = try await client.answer()
                #expect(answer.status == 413, "no 100 goes before it")
                #expect(answer.errorCode == "body_too_large")
                #expect(answer.header("connection") == "close")
                #expect(try await client.sawEnd())
            }
            #expect(upstream.connections.isEmpty)
        }
    }

    @Test func chunksBeyondTheLimitAreA413() async throws {
        try await run({ $0.maxBody = 1000 }) { gateway, upstream in
            let client = try gateway.client()
            try await client.send(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<3 { try await client.send("190\r\n" + String(repeating: " ", count: 400) + "\r\n") }
            let answer = try await client.answer()
            #expect(answer.status == 413)
            #expect(answer.header("connection") == "close")
            #expect(upstream.connections.isEmpty)
            #expect(try await gateway.record()["status"] as? Int == 413)
        }
    }

    @Test func theAnswerReachesAClientThatIsStillSending() async throws {
        try await run({ $0.maxBody = 1000 }) { gateway, _ in
            let client = try gateway.client()
            try await client.send(Request.post(String(repeating: " ", count: 500_000)))
            #expect(try await client.answer().status == 413)
            #expect(!client.wasReset)
        }
    }

    @Test func expectContinueIsAnsweredOnce() async throws {
        try await run { gateway, _ in
            let client = try gateway.client()
            let body = #"{"model":"m","messages":[]}"#
            try await client.send(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-Continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            )
            #expect(try await client.answer().status == 100)
            try await client.send(body)
            let answer = try await client.answer()
            #expect(answer.status == 200)
            #expect(answer.header("connection") == nil)
        }
    }

    @Test func chunkedRequestsArriveWithALength() async throws {
        try await run { gateway, upstream in
            let answer = try await gateway.ask(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "c;x=y\r\n{\"model\":\"m\"\r\n1\r\n}\r\n0\r\nX-Trailer: 1\r\n\r\n")
            #expect(answer.status == 200)
            let sent = try #require(upstream.requests.first)
            #expect(sent.text == #"{"model":"m"}"#)
            #expect(sent.header("content-length") == "13")
            #expect(sent.header("transfer-encoding") == nil)
            #expect(sent.header("x-trailer") == nil)
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrderOneAtATime() async throws {
        let first = Signal()
        let upstream = try ScriptedUpstream { connection in
            while let request = try connection.request() {
                if request.text.contains("first") { try first.wait() }
                try connection.answer(#"{"order":"\#(request.text.contains("first") ? "first" : "second")"}"#)
            }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(
                Request.chat(#""user":"first""#) + Request.get("/healthz") + Request.chat(#""user":"second""#)
                    + Request.get("/version"))
            try await upstream.hasRead(1)
            // Another connection's whole round trip shows that the loop has had time for more.
            #expect(try await gateway.ask(Request.get("/healthz")).status == 200)
            #expect(upstream.requests.count == 1, "the second waits")
            first.give()
            #expect(try await client.answer().text.contains("first"))
            #expect(try await client.answer().text.contains("ok"))
            #expect(try await client.answer().text.contains("second"))
            #expect(try await client.answer().text.contains("roundhouse"))
        }
    }

    @Test func manyPipelinedRequestsAreAllAnswered() async throws {
        try await run { gateway, _ in
            let client = try gateway.client()
            let requests = (0..<500).map { Request.get("/v1/models/none\($0)") }.joined()
            try await client.send(requests)
            for index in 0..<500 { #expect(try await client.answer().errorMessage.contains("none\(index)\"")) }
        }
    }

    @Test func nonsenseBehindARequestDoesNotSpoilItsAnswer() async throws {
        let goOn = Signal()
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try goOn.wait()
            try connection.answer("{}")
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat() + "\u{1}\u{2} nonsense\r\n\r\n")
            try await upstream.hasRead(1)
            goOn.give()
            let answer = try await client.answer()
            #expect(answer.status == 200)
            #expect(answer.text == "{}")
            #expect(try await client.sawEnd())
        }
    }

    @Test func headHasNoBody() async throws {
        try await run { gateway, _ in
            let client = try gateway.client()
            try await client.send("HEAD /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n" + Request.get("/v1/models"))
            let head = try await client.answer(toHead: true)
            let get = try await client.answer()
            #expect(head.status == 200)
            #expect(head.header("content-length") == get.header("content-length"))
            #expect(get.json["object"] as? String == "list")
        }
    }

    @Test(arguments: ["Connection: close\r\n", "Connection: Close\r\n", "Connection: keep-alive, close\r\n"])
    func closeIsHonoured(header: String) async throws {
        try await run { gateway, _ in
            for request in [Request.get("/healthz", headers: header), Request.chat(headers: header)] {
                let client = try gateway.client()
                try await client.send(request)
                let answer = try await client.answer()
                #expect(answer.status == 200)
                #expect(answer.header("connection") == "close")
                #expect(try await client.sawEnd())
            }
        }
    }

    @Test func HTTP10ClosesUnlessAskedNotTo() async throws {
        try await run { gateway, _ in
            let client = try gateway.client()
            try await client.send("GET /healthz HTTP/1.0\r\n\r\n")
            #expect(try await client.answer().header("connection") == "close")
            #expect(try await client.sawEnd())
        }
    }

    @Test(arguments: [
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        Request.chat(headers: "Connection: upgrade\r\nUpgrade: h2c\r\n"),
    ])
    func upgradesAreIgnoredAndTheConnectionClosed(request: String) async throws {
        try await run { gateway, _ in
            let client = try gateway.client()
            try await client.send(request + Request.get("/version"))
            let answer = try await client.answer()
            #expect(answer.status == 200)
            #expect(answer.header("upgrade") == nil)
            #expect(answer.header("connection") == "close")
            #expect(try await client.sawEnd())
        }
    }

    @Test func aSlowHeadIsA408() async throws {
        try await run({ $0.headerTimeout = .seconds(2) }) { gateway, _ in
            let client = try gateway.client()
            try await client.send("GET /healthz HTTP/1.1\r\nHo")
            let answer = try await client.answer()
            #expect(answer.status == 408)
            #expect(answer.errorCode == "request_timeout")
            #expect(answer.errorMessage.contains("header_timeout"))
            #expect(try await client.sawEnd())
        }
    }

    @Test func aHeadInDropsDoesNotLastLonger() async throws {
        try await run({ $0.headerTimeout = .seconds(2) }) { gateway, _ in
            let client = try gateway.client()
            let sender = Task {
                for byte in Array(
                    Request.get("/healthz", headers: "X-Filler: \(String(repeating: "a", count: 500))\r\n").utf8)
                {
                    try await client.send([byte])
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            // A byte that arrives after the end resets the connection, so that the client may not see the answer.
            do {
                #expect(try await client.answer().status == 408)
            } catch {
                #expect(try await client.sawEnd())
            }
            sender.cancel()
        }
    }

    @Test func anEndlessHeadIsA431() async throws {
        try await run { gateway, _ in
            let client = try gateway.client()
            try await client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ")
            // What arrives after the answer resets the connection, so that the client may not get to see it.
            do {
                for _ in 0..<10 { try await client.send(String(repeating: "a", count: 8000)) }
                #expect(try await client.answer().status == 431)
            } catch is SocketError {
                let record = try await gateway.record()
                #expect(record["status"] as? Int == 431)
            }
        }
    }

    @Test func aSlowBodyIsA408() async throws {
        try await run({ $0.bodyTimeout = .milliseconds(400) }) { gateway, upstream in
            let client = try gateway.client()
            try await client.send(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"model\":")
            let answer = try await client.answer()
            #expect(answer.status == 408)
            #expect(answer.errorMessage.contains("body_timeout"))
            #expect(try await client.sawEnd())
            #expect(upstream.connections.isEmpty)
            let record = try await gateway.record()
            #expect(record["status"] as? Int == 408)
            #expect(record["outcome"] as? String == "refused")
        }
    }

    @Test func aConnectionThatSaysNothingIsClosed() async throws {
        try await run({
            $0.headerTimeout = .milliseconds(300)
            $0.idleTimeout = .milliseconds(300)
        }) { gateway, _ in
            let silent = try gateway.client()
            #expect(try await silent.sawEnd())
            let kept = try gateway.client()
            try await kept.send(Request.get("/healthz"))
            #expect(try await kept.answer().status == 200)
            #expect(try await kept.sawEnd())
        }
    }

    @Test func aClientThatHalfClosesIsGone() async throws {
        try await run { gateway, _ in
            let client = try gateway.client()
            client.halfClose()
            #expect(try await client.sawEnd())
        }
    }

    @Test func moreConnectionsThanAllowedWaitForTheirTurn() async throws {
        try await run({ $0.maxConnections = 2 }) { gateway, _ in
            let first = try gateway.client()
            let second = try gateway.client()
            for client in [first, second] {
                try await client.send(Request.get("/healthz"))
                #expect(try await client.answer().status == 200)
            }
            let third = try gateway.client()
            try await third.send(Request.get("/healthz"))
            try await first.send(Request.get("/healthz"))
            #expect(try await first.answer().status == 200)
            await #expect(throws: Overdue.self, "the third one is not served yet") {
                _ = try await third.read("nothing", within: .milliseconds(300)) { !$0.isEmpty }
            }
            second.close()
            #expect(try await third.answer().status == 200)
        }
    }

    @Test func refusalsOfSmallBodiesKeepTheConnection() async throws {
        try await run({ $0.maxBody = 1 << 20 }) { gateway, _ in
            let client = try gateway.client()
            for _ in 0..<3 {
                try await client.send(Request.post(String(repeating: "x", count: 5000), to: "/nowhere"))
                #expect(try await client.answer().status == 404)
            }
            try await client.send(Request.post(String(repeating: "x", count: 500_000), to: "/nowhere"))
            let last = try await client.answer()
            #expect(last.status == 404)
            #expect(last.header("connection") == "close")
        }
    }
}
