import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

@testable import RoundhouseGateway

/// Timeouts of a model, and what becomes of an upstream's errors.
@Suite struct TimeoutTests {
    private func run(
        _ timeouts: ModelTimeouts, request: String = Request.chat(Request.streamed),
        _ script: @escaping @Sendable (ScriptedConnection) throws -> Void,
        _ check: (HTTPAnswer, [String: Any], ScriptedUpstream) async throws -> Void
    ) async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try script(connection)
            try connection.waitForClose()
        }
        try await TestGateway.run(upstream: upstream, change: { $0.models[0].timeouts = timeouts }) { gateway in
            let answer = try await gateway.ask(request)
            try await upstream.sawClose()
            try await check(answer, try await gateway.record(), upstream)
        }
    }

    private func timeouts(_ change: (inout ModelTimeouts) -> Void) -> ModelTimeouts {
        var timeouts = ModelTimeouts()
        change(&timeouts)
        return timeouts
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"])
    func firstByte(head: String) async throws {
        try await run(timeouts { $0.firstByte = .milliseconds(300) }, { try $0.send(head) }) { answer, record, _ in
            #expect(answer.status == 504)
            #expect(answer.errorCode == "upstream_timeout")
            #expect(answer.errorMessage.contains("timeouts.first_byte"))
            #expect(answer.errorMessage.contains("300ms"))
            #expect(record["outcome"] as? String == "failed")
            #expect(record["error"] as? String == "upstream_timeout")
        }
    }

    @Test(arguments: [Request.streamed, Request.streamedWithUsage])
    func idle(options: String) async throws {
        try await run(
            timeouts { $0.idle = .milliseconds(300) }, request: Request.chat(options),
            {
                try $0.beginStream()
                try $0.chunk(Events.text("one"))
            }
        ) { answer, record, _ in
            #expect(answer.status == 200)
            #expect(answer.text.hasPrefix(Events.text("one") + #"data: {"error":"#))
            #expect(answer.text.contains("timeouts.idle"))
            #expect(answer.isComplete)
            #expect(record["outcome"] as? String == "cut")
            #expect(record["error"] as? String == "upstream_timeout")
        }
    }

    @Test func total() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            while true {
                try connection.chunk(Events.text("again"))
                usleep(20_000)
            }
        }
        try await TestGateway.run(upstream: upstream, change: { $0.models[0].timeouts.total = .seconds(2) }) {
            gateway in
            let answer = try await gateway.ask(Request.chat(Request.streamed))
            #expect(answer.text.contains("timeouts.total"))
            try await upstream.sawClose()
            #expect(try await gateway.record()["outcome"] as? String == "cut")
        }
    }

    @Test func anErrorWhoseBodyDoesNotComeIsATimeoutAndItsConnectionIsClosed() async throws {
        try await run(
            timeouts { $0.firstByte = .milliseconds(300) }, request: Request.chat(),
            {
                try $0.send(
                    "HTTP/1.1 500 Oops\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{\"error\"")
            }
        ) { answer, _, _ in
            #expect(answer.status == 504)
        }
    }
}

@Suite struct UpstreamErrorTests {
    struct Case: Sendable, CustomStringConvertible {
        var status: String
        var headers = ""
        var body: String
        var expected: Int
        var code: String?
        var contains: String
        var retryAfter: String?
        var description: String { status + " " + body }
    }

    static let cases = [
        Case(
            status: "400 Bad Request",
            body:
                #"{"error":{"code":400,"message":"request (5000 tokens) exceeds the available context size (4096 tokens)","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}}"#,
            expected: 400, code: "context_length_exceeded", contains: "5000"),
        Case(
            status: "400 Bad Request",
            body:
                #"{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","code":null}}"#,
            expected: 400, code: "context_length_exceeded", contains: "8192"),
        Case(
            status: "400 Bad Request",
            body:
                #"{"error":{"message":"bad temperature","type":"invalid_request_error","param":"temperature","code":"bad_value"}}"#,
            expected: 400, code: "bad_value", contains: "bad temperature"),
        Case(
            status: "422 Unprocessable", body: #"{"detail":"no such field"}"#, expected: 422, contains: "no such field"),
        Case(status: "418 Teapot", body: "short and stout", expected: 400, contains: "short and stout"),
        Case(
            status: "401 Unauthorized", headers: "www-authenticate: Bearer\r\n",
            body: #"{"error":{"message":"Incorrect API key provided: sk-secret"}}"#, expected: 502,
            code: "upstream_failed",
            contains: "api_key"),
        Case(status: "403 Forbidden", body: "{}", expected: 502, code: "upstream_failed", contains: "credentials"),
        Case(
            status: "404 Not Found", body: #"{"error":{"message":"no model x"}}"#, expected: 502,
            code: "upstream_failed",
            contains: "no model x"),
        Case(
            status: "429 Too Many", headers: "retry-after: 17\r\n", body: #"{"error":{"message":"slow down"}}"#,
            expected: 429,
            code: "rate_limit_exceeded", contains: "slow down", retryAfter: "17"),
        Case(
            status: "429 Too Many", body: "", expected: 429, code: "rate_limit_exceeded", contains: "no explanation",
            retryAfter: "1"),
        Case(
            status: "500 Oops", body: #"{"error":{"message":"CUDA error"}}"#, expected: 502, code: "upstream_failed",
            contains: "CUDA error"),
        Case(
            status: "503 Unavailable", body: #"{"error":"loading"}"#, expected: 503, code: "engine_failed",
            contains: "loading",
            retryAfter: "5"),
        Case(
            status: "502 Bad Gateway", headers: "x: y\r\n", body: "<html><h1>nginx</h1></html>", expected: 502,
            code: "upstream_failed", contains: "nginx"),
    ]

    @Test(arguments: cases) func mapping(_ one: Case) async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil {
                try connection.answer(one.body, status: one.status, headers: one.headers)
            }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            for options in ["", Request.streamed] {
                try await client.send(Request.chat(options))
                let answer = try await client.answer()
                #expect(answer.status == one.expected)
                #expect(answer.header("content-type") == "application/json")
                #expect(answer.errorCode == one.code)
                #expect(answer.errorMessage.contains(one.contains), "\(answer.errorMessage)")
                #expect(answer.header("retry-after") == one.retryAfter)
                #expect(!answer.text.contains("sk-secret"))
                #expect(answer.header("www-authenticate") == nil)
            }
            #expect(upstream.connections.count == 1, "a connection is kept after an error that was read to its end")
            let record = try await gateway.log(2)[0]
            #expect(record["outcome"] as? String == "failed")
            #expect(record["status"] as? Int == one.expected)
            #expect(record["error"] as? String == one.code)
        }
    }

    @Test func anEndlessErrorIsCutOff() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.send("HTTP/1.1 500 Oops\r\n\r\n")
            while true { try connection.send(String(repeating: "bla ", count: 1000)) }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let answer = try await gateway.ask(Request.chat())
            #expect(answer.status == 502)
            #expect(answer.body.count < 1000)
            try await upstream.sawClose()
        }
    }
}

/// What goes upstream, and what comes back, besides the bodies.
@Suite struct HeaderTests {
    @Test func credentialsDoNotGoUpstreamAndCookiesDoNotComeBack() async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil {
                try connection.answer(
                    "{}",
                    headers:
                        "set-cookie: a=b\r\nserver: nginx\r\nx-powered-by: php\r\nkeep-alive: timeout=5\r\nOpenAI-Processing-Ms: 5\r\n"
                        + "X-RateLimit-Remaining-Requests: 9\r\nvia: 1.1 x\r\naccess-control-allow-origin: *\r\nx-request-id: theirs\r\n"
                )
            }
        }
        let secret = "rh-test-clientsecret"
        try await TestGateway.run(
            upstream: upstream,
            change: { setup in
                setup.keys = [APIKey(id: "test", team: "blue", hash: KeyHash(secret: secret))]
                setup.models[0].apiKey = Secret("sk-upstream")
            }
        ) { gateway in
            let answer = try await gateway.ask(
                Request.chat(
                    headers:
                        "Authorization: Bearer \(secret)\r\nCookie: session=clientcookie\r\nX-Api-Key: \(secret)\r\n"
                        + "X-Request-Id: my-id-1\r\ntraceparent: 00-abc\r\nOpenAI-Organization: org\r\nX-Forwarded-For: 1.2.3.4\r\n"
                        + "X-Roundhouse-Feature: search\r\n"))
            #expect(answer.status == 200)
            let sent = try #require(upstream.requests.first)
            #expect(!sent.head.contains(secret))
            #expect(!sent.head.lowercased().contains("cookie"))
            #expect(!sent.head.lowercased().contains("organization"))
            #expect(!sent.head.lowercased().contains("x-api-key"))
            #expect(!sent.head.contains("1.2.3.4"))
            #expect(sent.header("authorization") == "Bearer sk-upstream")
            #expect(sent.header("accept-encoding") == "identity")
            #expect(sent.header("x-request-id") == "my-id-1")
            #expect(sent.header("traceparent") == "00-abc")
            #expect(sent.header("host") == upstream.endpoint.hostHeader)
            #expect(sent.head.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))

            for name in ["set-cookie", "server", "x-powered-by", "keep-alive", "via", "access-control-allow-origin"] {
                #expect(answer.header(name) == nil, "\(name)")
            }
            #expect(answer.header("openai-processing-ms") == "5")
            #expect(answer.header("x-ratelimit-remaining-requests") == nil)
            #expect(answer.header("x-request-id") == "my-id-1")
            #expect(answer.header("x-roundhouse-model") == "m")
            #expect(answer.header("x-roundhouse-backend") == "openai")
            #expect(answer.header("x-roundhouse-route") == "name")
            let timing = try #require(answer.header("server-timing"))
            #expect(
                timing.wholeMatch(
                    of: /queue;dur=\d+\.\d{3}, load;dur=\d+\.\d{3}, upstream;dur=\d+\.\d{3}, overhead;dur=\d+\.\d{3}/)
                    != nil)

            let record = try await gateway.record()
            #expect(record["key"] as? String == "test")
            #expect(record["team"] as? String == "blue")
            #expect(record["feature"] as? String == "search")
            #expect(record["request_id"] as? String == "my-id-1")
            #expect(!String(describing: record).contains(secret))
        }
    }

    @Test func anAttachedServerWithoutAKeyGetsNoAuthorization() async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try connection.answer("{}") }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            _ = try await gateway.ask(Request.chat(headers: "Authorization: Bearer anything\r\n"))
            let sent = try #require(upstream.requests.first)
            #expect(sent.header("authorization") == nil)
        }
    }

    @Test func namesAndDefaultsArePutIn() async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try connection.answer("{}") }
        }
        try await TestGateway.run(
            upstream: upstream,
            change: { setup in
                setup.models[0].aliases = ["gpt-4o-mini"]
                setup.models[0].upstreamName = "their/\"name\""
                setup.models[0].requestDefaults = [
                    RequestDefault(key: "temperature", json: Array("0.7".utf8)),
                    RequestDefault(key: "seed", json: Array("1".utf8)),
                ]
            }
        ) { gateway in
            let answer = try await gateway.ask(
                Request.post(#"{"messages": [], "model": "gpt-4o-mini", "seed": 1e1, "unknown": [1.50]}"#))
            #expect(answer.header("x-roundhouse-model") == "m")
            #expect(answer.header("x-roundhouse-route") == "alias")
            let sent = try #require(upstream.requests.first)
            #expect(
                sent.text
                    == #"{"temperature":0.7,"messages": [], "model": "their/\"name\"", "seed": 1e1, "unknown": [1.50]}"#
            )
            let record = try await gateway.record()
            #expect(record["model"] as? String == "m")
            #expect(record["requested_model"] as? String == "gpt-4o-mini")
            #expect(record["route"] as? String == "alias")
        }
    }

    @Test func endpointsTakeTurns() async throws {
        let script: @Sendable (ScriptedConnection) throws -> Void = { connection in
            while try connection.request() != nil { try connection.answer("{}") }
        }
        let first = try ScriptedUpstream(script: script)
        let second = try ScriptedUpstream(script: script)
        defer { second.stop() }
        try await TestGateway.run(
            upstream: first, change: { $0.models[0].placement = .attached([first.endpoint, second.endpoint]) }
        ) { gateway in
            let client = try gateway.client()
            for _ in 0..<4 {
                try await client.send(Request.chat())
                #expect(try await client.answer().status == 200)
            }
            #expect(first.requests.count == 2)
            #expect(second.requests.count == 2)
        }
    }

    @Test(arguments: [
        ("content-type", true), ("Content-Type", true), ("OPENAI-Processing-MS", true), ("x-ratelimit-reset", false),
        ("openai-organization", false),
        ("content-disposition", true), ("content-language", true), ("set-cookie", false), ("server", false),
        ("content-length", false), ("connection", false), ("transfer-encoding", false), ("openai", false),
        ("x-ratelimit", false),
        ("", false), ("www-authenticate", false), ("location", false), ("trailer", false), ("content-encoding", false),
    ])
    func policy(name: String, passes: Bool) {
        #expect(Array(name.utf8).withUnsafeBytes { HeaderPolicy.passesOn($0) } == passes)
    }
}
