import Foundation
import RoundhouseCore
import Testing

/// One row for each error: what section 5 of the design promises to clients.
struct ErrorRow: Sendable, CustomTestStringConvertible {
    var error: GatewayError
    var status: Int
    var type: String
    var code: String?
    var retryAfter: Int?
    var closes: Bool
    var retryHelps: Bool
    var testDescription: String { code ?? "none" }

    init(
        _ error: GatewayError, _ status: Int, _ type: String, _ code: String?, retry: Int? = nil, closes: Bool = false,
        retryHelps: Bool = true
    ) {
        self.error = error
        self.status = status
        self.type = type
        self.code = code
        retryAfter = retry
        self.closes = closes
        self.retryHelps = retryHelps
    }

    private static let invalid = "invalid_request_error"
    private static let server = "server_error"

    static let all: [ErrorRow] = [
        ErrorRow(.malformedRequest("w"), 400, invalid, "malformed_request", closes: true),
        ErrorRow(.headTooLarge, 431, invalid, "headers_too_large", closes: true),
        ErrorRow(.requestTimeout("w"), 408, invalid, "request_timeout", closes: true),
        ErrorRow(.unknownPath("/x"), 404, invalid, "unknown_path"),
        ErrorRow(.methodNotAllowed(allowed: "POST"), 405, invalid, "method_not_allowed"),
        ErrorRow(.hostNotAllowed("evil"), 403, invalid, "host_not_allowed", closes: true),
        ErrorRow(.missingKey, 401, invalid, "invalid_api_key"),
        ErrorRow(.invalidKey, 401, invalid, "invalid_api_key"),
        ErrorRow(.conflictingKeys, 401, invalid, "invalid_api_key"),
        ErrorRow(.keyNotAllowed("w"), 403, "permission_error", "key_not_allowed"),
        ErrorRow(.bodyTooLarge(limit: 7), 413, invalid, "body_too_large", closes: true),
        ErrorRow(.uploadTooLarge(limit: 7), 413, invalid, "body_too_large", closes: true),
        ErrorRow(.uploadNotStored("w"), 503, server, "upload_not_stored", retry: 60, retryHelps: false),
        ErrorRow(.invalidBody(message: "w", parameter: "p"), 400, invalid, "invalid_body"),
        ErrorRow(.missingModel, 400, invalid, "missing_model"),
        ErrorRow(.unknownModel("x", nearest: []), 404, invalid, "model_not_found"),
        ErrorRow(.wrongCapability("w"), 400, invalid, "wrong_capability"),
        ErrorRow(.contextOverflow("w"), 400, invalid, "context_length_exceeded"),
        ErrorRow(.upstreamRefused(status: 422, message: "w", parameter: "p", code: "c"), 422, invalid, "c"),
        ErrorRow(.upstreamRefused(status: 400, message: "w", parameter: nil, code: nil), 400, invalid, nil),
        ErrorRow(
            .upstreamRateLimited(message: "w", retryAfter: 9), 429, "rate_limit_error", "rate_limit_exceeded", retry: 9),
        ErrorRow(.modelUnavailable("w"), 503, server, "model_unavailable", retry: 60, retryHelps: false),
        ErrorRow(.queueFull(model: "m", retryAfter: 3), 503, server, "queue_full", retry: 3),
        ErrorRow(.queueTimeout(model: "m", retryAfter: 4), 503, server, "queue_timeout", retry: 4),
        ErrorRow(.engineFailed("w", retryAfter: 20), 503, server, "engine_failed", retry: 20),
        ErrorRow(.shuttingDown, 503, server, "shutting_down", retry: 5, closes: true),
        ErrorRow(.upstreamFailed("w"), 502, server, "upstream_failed"),
        ErrorRow(.upstreamTimeout("w"), 504, server, "upstream_timeout"),
        ErrorRow(.clientClosed, 499, invalid, "client_closed", closes: true),
        ErrorRow(.internalError("w"), 500, server, "internal_error"),
    ]
}

@Suite struct ErrorTableTests {
    private func header(_ name: String, of error: GatewayError) -> String? {
        error.answer.headers.first { $0.name == name }?.value
    }

    @Test(arguments: ErrorRow.all)
    func row(_ row: ErrorRow) {
        let answer = row.error.answer
        #expect(answer.status == row.status)
        #expect(answer.type == row.type)
        #expect(answer.code == row.code)
        #expect(answer.retryAfter == row.retryAfter)
        #expect(answer.closes == row.closes)
        #expect(answer.retryHelps == row.retryHelps)
        #expect(!answer.message.isEmpty)
    }

    @Test(arguments: ErrorRow.all)
    func promises(_ row: ErrorRow) {
        let answer = row.error.answer
        #expect((header("www-authenticate", of: row.error) == "Bearer") == (answer.status == 401))
        if answer.status == 503 || answer.status == 429 { #expect((answer.retryAfter ?? 0) > 0) }
        if answer.status == 405 { #expect(header("allow", of: row.error) == "POST") }
    }

    @Test(arguments: ErrorRow.all)
    func bodiesHaveOpenAIsFourKeys(_ row: ErrorRow) throws {
        let body = ErrorBody.json(row.error.answer)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: [String: Any]])
        let error = try #require(object["error"])
        #expect(object.count == 1)
        #expect(Set(error.keys) == ["message", "type", "param", "code"])
        #expect(error["message"] as? String == row.error.answer.message)
        #expect(error["type"] as? String == row.type)
        if let code = row.code { #expect(error["code"] as? String == code) } else { #expect(error["code"] is NSNull) }
    }

    @Test func theFieldAtFaultIsNamed() {
        #expect(GatewayError.missingModel.answer.parameter == "model")
        #expect(GatewayError.unknownModel("x", nearest: []).answer.parameter == "model")
        #expect(GatewayError.contextOverflow("w").answer.parameter == "messages")
        #expect(GatewayError.invalidBody(message: "w", parameter: "stream").answer.parameter == "stream")
        #expect(GatewayError.missingKey.answer.parameter == nil)
    }

    @Test func nearNamesAreOffered() {
        let message = GatewayError.unknownModel("lama3", nearest: ["llama3", "llama2"]).answer.message
        #expect(message.contains(#"Did you mean "llama3", "llama2"?"#))
        #expect(!GatewayError.unknownModel("x", nearest: []).answer.message.contains("Did you mean"))
    }

    @Test func anEventIsOneEvent() throws {
        let answer = GatewayError.upstreamFailed("two\n\nlines\r\ndata: [DONE]").answer
        let text = String(decoding: ErrorBody.event(answer), as: UTF8.self)
        #expect(text.hasPrefix("data: {\"error\":{"))
        #expect(text.utf8.count { $0 == 0x0a } == 2 && text.hasSuffix("\n\n"))
        let data = Data(text.dropFirst(6).dropLast(2).utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]])
        #expect(object["error"]?["message"] as? String == "two\n\nlines\r\ndata: [DONE]")
    }

    @Test func keysNeverStandInAMessage() {
        for error in [GatewayError.missingKey, .invalidKey, .conflictingKeys] {
            #expect(!error.answer.message.contains("rh-"))
        }
    }

    @Test func equalityIsWhatAClientSees() {
        var first = GatewayError.missingKey.answer
        #expect(first == GatewayError.missingKey.answer)
        #expect(first != GatewayError.invalidKey.answer)
        first.headers = []
        #expect(first != GatewayError.missingKey.answer)
    }
}

@Suite struct ErrorTableQuotingTests {
    @Test(arguments: [
        ("llama3", #""llama3""#), ("", #""""#), ("a\nb", #""a b""#), ("a\r\nb", #""a  b""#),
        ("a\u{0}\u{1b}[2J\u{7f}", "\"a  [2J \""),
    ])
    func controlCharactersBecomeSpaces(_ text: String, _ quoted: String) { #expect(text.quotedForMessage == quoted) }

    @Test func longTextsAreCut() {
        #expect(String(repeating: "a", count: 80).quotedForMessage.count == 82)
        let long = String(repeating: "a", count: 100_000).quotedForMessage
        #expect(long == "\"" + String(repeating: "a", count: 80) + "…\"")
    }

    @Test func textsWithEndlessAccentsAreCutToo() {
        // One letter to a reader, 200,001 bytes to the one who must send it.
        let text = "a" + String(repeating: "\u{301}", count: 100_000)
        #expect(text.quotedForMessage.utf8.count < 2000)
    }
}
