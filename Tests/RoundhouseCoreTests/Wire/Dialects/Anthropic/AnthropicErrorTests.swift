import RoundhouseCore
import Testing

@Suite struct AnthropicErrorTests {
    private typealias Exchange = AnthropicExchange

    private static let half = #""delta":{"content":"a"},"finish_reason":null"#

    @Test(arguments: [
        (GatewayError.invalidBody(message: "a \"b\"", parameter: "c"), "invalid_request_error", #"a \"b\""#),
        (.invalidKey, "authentication_error", "This API key is unknown, revoked or expired."),
        (.keyNotAllowed("no"), "permission_error", "no"),
        (
            .unknownModel("x", nearest: []), "not_found_error",
            #"The model \"x\" does not exist. GET /v1/models lists the names."#
        ),
        (
            .bodyTooLarge(limit: 5), "request_too_large",
            "The request body is larger than 5 bytes (server.max_body in config/roundhouse.yaml)."
        ),
        (.upstreamRateLimited(message: "slow", retryAfter: 3), "rate_limit_error", "slow"),
        (.upstreamFailed("broke"), "api_error", "broke"),
        (.shuttingDown, "overloaded_error", "Roundhouse is stopping."),
        (.modelUnavailable("no weights"), "api_error", "no weights"),
        (.upstreamTimeout("late"), "timeout_error", "late"),
        (.requestTimeout("late"), "invalid_request_error", "late"),
        (.upstreamRefused(status: 402, message: "pay", parameter: nil, code: nil), "billing_error", "pay"),
    ])
    func errorsHaveAnthropicsShape(error: GatewayError, type: String, message: String) {
        let json = String(decoding: AnthropicMessages().body(of: error.answer), as: UTF8.self)
        #expect(json == #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"}}"#)
        let event = String(decoding: AnthropicMessages().lastWords(error.answer), as: UTF8.self)
        #expect(event == "event: error\ndata: \(json)\n\n")
    }

    @Test(arguments: [#"{"message":"out of \"memory\"","code":500}"#, #""out of \"memory\"""#])
    func anErrorOfTheEngineIsTheLastEvent(error: String) throws {
        let last = Exchange.events([#"{"type":"error","error":{"type":"api_error","message":"out of \"memory\""}}"#])
        let stream = "data: {\"error\":\(error)}\n\n" + Exchange.chunks([#""delta":{},"finish_reason":"stop""#])
        let first = try Exchange.answer(Exchange.streamed, stream)
        #expect(first.text == last)
        #expect(first.failure == #"out of "memory""# && !first.isWhole)
        let later = try Exchange.answer(Exchange.streamed, Exchange.chunks([Self.half], done: false) + stream)
        #expect(later.text.hasPrefix(Exchange.events(Exchange.start)))
        #expect(later.text.hasSuffix(last))
        #expect(!later.text.contains("message_stop"))
        #expect(later.failure == #"out of "memory""# && !later.isWhole)
        let whole = try Exchange.answer(Exchange.plain, Exchange.chunks([Self.half], done: false) + stream)
        #expect(whole.text.isEmpty && whole.failure == #"out of "memory""# && !whole.isWhole)
    }

    @Test(arguments: [true, false])
    func aCutStreamIsNotPassedOffAsWhole(done: Bool) throws {
        let stream = Exchange.chunks([Self.half, Self.half], done: done)
        let found = try Exchange.answer(Exchange.streamed, stream)
        #expect(!found.isWhole && found.failure == nil)
        #expect(!found.text.contains("message_delta") && !found.text.contains("message_stop"))
        let whole = try Exchange.answer(Exchange.plain, stream)
        #expect(!whole.isWhole && whole.failure == nil && whole.text.isEmpty)
    }

    @Test func anAbortIsAFailure() throws {
        for request in [Exchange.plain, Exchange.streamed] {
            let found = try Exchange.answer(
                request, Exchange.chunks([Self.half, #""delta":{},"finish_reason":"abort""#]))
            #expect(!found.isWhole)
            #expect(found.failure == "the engine was stopped in the middle of its answer")
            #expect(!found.text.contains("message_stop"))
        }
    }

    @Test func whatIsNoChunkIsPassedOver() throws {
        let stream =
            "data: nonsense\n\nevent: x\n\ndata: [1]\n\n" + Exchange.chunks([#""delta":{},"finish_reason":"stop""#])
        #expect(try Exchange.answer(Exchange.streamed, stream).isWhole)
        let none = try Exchange.answer(Exchange.streamed, "data: nonsense\n\ndata: [DONE]\n\n")
        #expect(!none.isWhole && none.text.isEmpty)
    }
}
