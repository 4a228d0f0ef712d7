import RoundhouseClient
import RoundhouseCore
import Testing

@Suite struct HTTPClientTests {
    private static let limit = Duration.seconds(60)
    private static let answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-thing: a\r\n\r\nhello"

    private func waitUntil(_ what: String, _ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + Self.limit
        while !condition() {
            try #require(ContinuousClock.now < end, "still not: \(what)")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func wholeAnswerAndRequestAsSent() async throws {
        try await RawServer.run([.send(Self.answer)]) { server, address in
            let request = ClientRequest("POST", "/a?b=c", headers: [("x-own", "1")], body: Array("{}".utf8))
            let (head, body) = try await HTTPClient.collect(request, at: address, timeout: Self.limit)
            #expect(head.status == 200 && String(decoding: body, as: UTF8.self) == "hello")
            #expect(head.headers.contains { $0.name == "x-thing" && $0.value == "a" })
            guard case .tcp(let host, let port, _) = address else { return }
            let lines = try #require(server.requests.first).components("\r\n")
            #expect(lines.first == "POST /a?b=c HTTP/1.1" && lines.last == "{}")
            let wanted = [
                "x-own: 1", "host: \(host):\(port)", "connection: close", "content-type: application/json",
                "content-length: 2",
            ]
            #expect(Set(lines.dropFirst().dropLast(2)) == Set(wanted))
        }
    }

    @Test func unixSocket() async throws {
        let path = "/tmp/rh-client-\(UInt32.random(in: .min ... .max)).sock"
        try await RawServer.run([.send(Self.answer)], path: path) { server, address in
            let (head, _) = try await HTTPClient.collect(ClientRequest("GET", "/"), at: address, timeout: Self.limit)
            #expect(head.status == 200)
            let lines = try #require(server.requests.first).components("\r\n")
            #expect(lines.contains("host: localhost") && !lines.contains { $0.hasPrefix("content-type") })
        }
    }

    @Test(arguments: [
        "HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 503 No\r\ncontent-length: 5\r\n\r\nhello",
    ])
    func answerInSingleBytes(_ text: String) async throws {
        try await RawServer.run([.sendSlowly(text)]) { _, address in
            let (head, body) = try await HTTPClient.collect(ClientRequest("GET", "/"), at: address, timeout: Self.limit)
            #expect(head.status == 503 && String(decoding: body, as: UTF8.self) == "hello")
        }
    }

    @Test func answerThatEndsWithTheConnection() async throws {
        try await RawServer.run([.send("HTTP/1.1 200 OK\r\n\r\nhello"), .close]) { _, address in
            let (_, body) = try await HTTPClient.collect(ClientRequest("GET", "/"), at: address, timeout: Self.limit)
            #expect(String(decoding: body, as: UTF8.self) == "hello")
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", "What is this?\r\n\r\n",
    ])
    func answerThatIsCutOrNoneIsAnError(_ text: String) async throws {
        try await RawServer.run([.send(text), .close]) { server, address in
            await #expect(throws: (any Error).self) {
                try await HTTPClient.collect(ClientRequest("GET", "/"), at: address, timeout: Self.limit)
            }
            try await waitUntil("closed") { server.closed == 1 }
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello"])
    func silenceEndsInATimeout(_ text: String) async throws {
        try await RawServer.run([.send(text)]) { server, address in
            let error = await #expect(throws: ClientError.self) {
                try await HTTPClient.collect(ClientRequest("GET", "/"), at: address, timeout: .milliseconds(200))
            }
            guard case .timeout? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            // The connection does not outlive the request.
            try await waitUntil("closed") { server.closed == 1 }
        }
    }

    @Test func answerLongerThanTheLimit() async throws {
        try await RawServer.run([.send(Self.answer)]) { server, address in
            let error = await #expect(throws: ClientError.self) {
                try await HTTPClient.collect(ClientRequest("GET", "/"), at: address, timeout: Self.limit, limit: 4)
            }
            #expect(error?.description == ClientError.tooLong.description)
            try await waitUntil("closed") { server.closed == 1 }
        }
    }

    @Test func nobodyListens() async throws {
        await #expect(throws: (any Error).self) {
            try await HTTPClient.collect(
                ClientRequest("GET", "/"), at: .unix(path: "/tmp/rh-nothing.sock"), timeout: Self.limit)
        }
        await #expect(throws: (any Error).self) {
            try await HTTPClient.collect(
                ClientRequest("GET", "/"), at: .tcp(host: "127.0.0.1", port: 1, tls: false), timeout: Self.limit)
        }
    }

    @Test func streamComesInPiecesAndEndsWhenItIsGivenUp() async throws {
        let begin = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"
        try await RawServer.run([.send(begin)]) { server, address in
            do {
                let (head, body) = try await HTTPClient.stream(ClientRequest("GET", "/"), at: address)
                #expect(head.status == 200)
                for try await piece in body {
                    #expect(String(decoding: piece, as: UTF8.self) == "hello")
                    break
                }
                #expect(server.closed == 0)
            }
            try await waitUntil("closed") { server.closed == 1 }
        }
    }

    @Test func cancelledTaskClosesTheConnection() async throws {
        try await RawServer.run([]) { server, address in
            let task = Task {
                try await HTTPClient.collect(ClientRequest("GET", "/"), at: address, timeout: Self.limit)
            }
            try await waitUntil("a request") { server.requests.count == 1 }
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            try await waitUntil("closed") { server.closed == 1 }
        }
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
