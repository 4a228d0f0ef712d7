import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Requests that are not as they should be: a clear 4xx in JSON, and nothing goes upstream.
@Suite struct HygieneTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var status: Int
        var code: String?
        var closes = true
        var testDescription: String { name }

        init(_ name: String, _ text: String, _ status: Int, _ code: String? = nil, closes: Bool = true) {
            self.init(name, Array(text.utf8), status, code, closes: closes)
        }

        init(_ name: String, _ bytes: [UInt8], _ status: Int, _ code: String? = nil, closes: Bool = true) {
            self.name = name
            self.bytes = bytes
            self.status = status
            self.code = code
            self.closes = closes
        }
    }

    private static let body = #"{"model":"m","messages":[]}"#
    private static let post = "POST /v1/chat/completions HTTP/1.1\r\n"
    private static func chunks(_ text: String) -> String {
        post + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + text
    }

    static let framing = [
        Case(
            "length and chunks",
            post + "Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
            "malformed_request"),
        Case(
            "chunks and length",
            post + "Host: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400,
            "malformed_request"),
        Case(
            "two equal lengths", post + "Host: localhost\r\nContent-Length: 27\r\nContent-Length: 27\r\n\r\n" + body,
            400,
            "malformed_request"),
        Case(
            "two different lengths", post + "Host: localhost\r\nContent-Length: 27\r\nContent-Length: 5\r\n\r\n" + body,
            400,
            "malformed_request"),
        Case(
            "a list of lengths", post + "Host: localhost\r\nContent-Length: 27, 27\r\n\r\n" + body, 400,
            "malformed_request"),
        Case("a negative length", post + "Host: localhost\r\nContent-Length: -1\r\n\r\n", 400, "malformed_request"),
        Case(
            "a length with a sign", post + "Host: localhost\r\nContent-Length: +27\r\n\r\n" + body, 400,
            "malformed_request"),
        Case(
            "a huge length", post + "Host: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n" + body, 400,
            "malformed_request"),
        Case(
            "another encoding", post + "Host: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400,
            "malformed_request"),
        Case(
            "an unknown encoding", post + "Host: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400,
            "malformed_request"),
        Case(
            "chunked twice",
            post + "Host: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
            "malformed_request"),
        Case(
            "chunks in HTTP/1.0",
            "POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
            "malformed_request"),
        Case("a chunk size that is none", chunks("xyz\r\nabc\r\n0\r\n\r\n"), 400, "malformed_request"),
        Case("a chunk size that is too long", chunks("fffffffffffffffff\r\nabc"), 400, "malformed_request"),
        Case("a chunk longer than its size", chunks("3\r\nabcdef\r\n0\r\n\r\n"), 400, "malformed_request"),
        Case("a negative chunk size", chunks("-3\r\nabc\r\n0\r\n\r\n"), 400, "malformed_request"),
    ]

    static let heads = [
        Case("no Host", post + "Content-Length: 27\r\n\r\n" + body, 400, "malformed_request"),
        Case(
            "two Hosts", post + "Host: localhost\r\nHost: localhost\r\nContent-Length: 27\r\n\r\n" + body, 400,
            "malformed_request"),
        Case("a foreign Host", "GET /v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, "host_not_allowed"),
        Case("an empty Host", "GET /v1/models HTTP/1.1\r\nHost:\r\n\r\n", 403, "host_not_allowed"),
        Case(
            "a folded header", "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n", 400,
            "malformed_request"),
        Case(
            "a space before the colon", post + "Host: localhost\r\nContent-Length : 27\r\n\r\n" + body, 400,
            "malformed_request"),
        Case(
            "a header without a name", "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n", 400,
            "malformed_request"),
        Case(
            "NUL in a header", "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-A: b\u{0}c\r\n\r\n", 400,
            "malformed_request"),
        Case("NUL in the path", "GET /v1/models/\u{0} HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "malformed_request"),
        Case(
            "a bare CR in a header", "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-A: b\rc\r\n\r\n", 400,
            "malformed_request"),
        Case("garbage", "\u{16}\u{3}\u{1}\r\n\r\n", 400, "malformed_request"),
        Case("HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed_request"),
        Case("HTTP/3.0", "GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", 400, "malformed_request"),
        Case("no version", "GET /v1/models\r\n\r\n", 400, "malformed_request"),
        Case("an unknown method", "BREW /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "malformed_request"),
        Case(
            "an absolute target", "GET http://localhost/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n", 400,
            "malformed_request"),
        Case("CONNECT", "CONNECT evil:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "malformed_request"),
        Case("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "malformed_request"),
        Case(
            "another expectation", post + "Host: localhost\r\nExpect: miracles\r\nContent-Length: 27\r\n\r\n" + body,
            400,
            "malformed_request"),
        Case(
            "one header too large",
            "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-A: \(String(repeating: "a", count: 70_000))\r\n\r\n",
            431, "headers_too_large"),
        Case(
            "too many headers",
            "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n" + String(repeating: "X-A: b\r\n", count: 15_000) + "\r\n",
            431,
            "headers_too_large"),
    ]

    static let bodies = [
        Case("no body", Request.post(""), 400, "invalid_body", closes: false),
        Case("no JSON", Request.post("hello"), 400, "invalid_body", closes: false),
        Case("an array", Request.post("[]"), 400, "invalid_body", closes: false),
        Case("half an object", Request.post(#"{"model":"m""#), 400, "invalid_body", closes: false),
        Case("two objects", Request.post(body + body), 400, "invalid_body", closes: false),
        Case("a NUL behind it", Request.post(body + "\u{0}"), 400, "invalid_body", closes: false),
        Case("a NUL in the name", Request.post("{\"model\":\"m\u{0}\"}"), 400, "invalid_body", closes: false),
        Case("an escaped NUL in the name", Request.post(#"{"model":"m\u0000"}"#), 400, "invalid_body", closes: false),
        Case("an escaped name", Request.post(#"{"model":"\u006d","messages":[]}"#), 400, "invalid_body", closes: false),
        Case("an escaped key", Request.post(#"{"m\u006fdel":"m","messages":[]}"#), 400, "invalid_body", closes: false),
        Case(
            "two models", Request.post(#"{"model":"m","model":"other","messages":[]}"#), 400, "invalid_body",
            closes: false),
        Case("a byte order mark", Request.post("\u{feff}" + body), 400, "invalid_body", closes: false),
        Case(
            "deep nesting", Request.post(#"{"model":"m","messages":"# + String(repeating: "[", count: 100_000)), 400,
            "invalid_body", closes: false),
        Case(
            "invalid UTF-8",
            Array(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15\r\n\r\n{\"model\":\"m".utf8
            ) + [0xff, 0xfe]
                + Array("\"}".utf8), 400, "invalid_body", closes: false),
        Case("no model", Request.post(#"{"messages":[]}"#), 400, "missing_model", closes: false),
        Case("a model that is a number", Request.post(#"{"model":1}"#), 400, "invalid_body", closes: false),
        Case("an unknown model", Request.post(#"{"model":"nobody"}"#), 404, "model_not_found", closes: false),
        Case(
            "a path as a model", Request.post(#"{"model":"../../etc/passwd"}"#), 404, "model_not_found", closes: false),
        Case(
            "a model name of 100,000 letters", Request.post(#"{"model":"\#(String(repeating: "a", count: 100_000))"}"#),
            400,
            "invalid_body", closes: false),
        Case(
            "a stream that is a word", Request.post(#"{"model":"m","stream":"true","messages":[]}"#), 400,
            "invalid_body", closes: false),
    ]

    static let paths = [
        Case("path traversal", Request.get("/v1/models/../../etc/passwd"), 404, "model_not_found", closes: false),
        Case(
            "encoded path traversal", Request.get("/v1/models/%2e%2e%2fetc%2fpasswd"), 404, "model_not_found",
            closes: false),
        Case("an encoded NUL", Request.get("/v1/models/m%00"), 404, "model_not_found", closes: false),
        Case("double slashes", Request.get("//v1/models"), 404, "unknown_path", closes: false),
        Case("dots", Request.get("/v1/./models"), 404, "unknown_path", closes: false),
        Case("another path", Request.get("/v2/models"), 404, "unknown_path", closes: false),
        Case("upper case", Request.get("/V1/models"), 404, "unknown_path", closes: false),
        Case(
            "100,000 letters", Request.get("/v1/models/" + String(repeating: "a", count: 100_000)), 431,
            "headers_too_large"),
        Case(
            "60,000 letters", Request.get("/v1/models/" + String(repeating: "a", count: 60_000)), 404,
            "model_not_found", closes: false),
        Case("GET on a POST path", Request.get("/v1/chat/completions"), 405, "method_not_allowed", closes: false),
        Case(
            "DELETE", "DELETE /v1/models/m HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "method_not_allowed",
            closes: false),
        Case("TRACE", "TRACE /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "method_not_allowed", closes: false),
        Case(
            "OPTIONS", "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "method_not_allowed",
            closes: false),
    ]

    @Test(arguments: framing + heads + bodies + paths) func refused(_ one: Case) async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try connection.answer("{}") }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(one.bytes)
            let answer = try await client.answer()
            #expect(answer.status == one.status)
            #expect(answer.header("content-type") == "application/json")
            #expect(answer.errorCode == one.code, "\(answer.text)")
            #expect(!answer.errorMessage.isEmpty)
            #expect(answer.errorMessage.utf8.count < 1000)
            #expect(answer.header("x-request-id") != nil)
            if one.closes {
                #expect(answer.header("connection") == "close")
                #expect(try await client.sawEnd(), "nothing follows, and the connection ends")
            } else {
                #expect(answer.header("connection") == nil)
                try await client.send(Request.get("/healthz"))
                #expect(try await client.answer().status == 200, "the connection is in step")
            }
            let record = try await gateway.record()
            #expect(record["status"] as? Int == one.status)
            #expect(record["outcome"] as? String == "refused")
            #expect(record["error"] as? String == one.code)
            #expect(upstream.connections.isEmpty, "nothing is forwarded")
        }
    }

    @Test func theAnswerToOptionsAndWrongMethodsSaysWhatIsAllowed() async throws {
        try await TestGateway.run(Setup()) { gateway in
            let answer = try await gateway.ask("OPTIONS /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(answer.header("allow") == "GET, HEAD")
            let other = try await gateway.ask(Request.get("/v1/embeddings"))
            #expect(other.header("allow") == "POST")
        }
    }

    @Test func aBodyThatBreaksOffIsRecordedAsRefused() async throws {
        let upstream = try ScriptedUpstream { _ in }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Self.chunks("5\r\n{\"mod\r\nnonsense\r\n"))
            let answer = try await client.answer()
            #expect(answer.status == 400)
            let record = try await gateway.record()
            #expect(record["status"] as? Int == 400)
            #expect(record["outcome"] as? String == "refused")
            #expect(record["http"] as? String == "POST /v1/chat/completions")
            #expect(upstream.connections.isEmpty)
        }
    }
}
