import RoundhouseCore
import Testing

/// What becomes of an engine's answer to a request for a response.
struct ResponsesExchange: Equatable {
    var text = ""
    var usage: TokenUsage?
    var failure: String?
    var isWhole = false
    var response: String?

    static let plain = #"{"model":"m","input":"x"}"#
    static let streamed = #"{"model":"m","input":"x","stream":true}"#

    /// The moment at which all requests are made.
    static let dialect = Responses { 1_700_000_000_250_000_000 }

    static func translate(_ request: String) throws -> TranslatedRequest {
        try Array(request.utf8).withUnsafeBytes { try dialect.request($0, model: "guide") }
    }

    /// The chat completion that a request becomes, without what all have.
    static func body(_ request: String) throws -> String {
        let all = #","stream":true,"stream_options":{"include_usage":true}"#
        let body = String(decoding: try translate(request).body, as: UTF8.self)
        #expect(body.contains(all))
        return body.replacing(all, with: "")
    }

    /// The messages that an input becomes.
    static func messages(_ input: String, more: String = "") throws -> String {
        let body = try body(#"{"input":\#(input)\#(more)}"#)
        return String(body.dropFirst(#"{"messages":"#.count).dropLast())
    }

    /// Why a request is refused.
    static func refusal(_ request: String) throws -> EnvelopeError {
        try #require(throws: EnvelopeError.self) { try translate(request) }
    }

    /// Feeds an answer in pieces. Each is memory of its own, so that what points into one that is gone shows.
    static func answer(_ request: String, in pieces: [[UInt8]]) throws -> ResponsesExchange {
        var translator = try #require(try translate(request).answer as? ResponsesAnswer)
        var output: [UInt8] = []
        for piece in pieces { piece.withUnsafeBytes { translator.take($0, into: &output) } }
        translator.finish(into: &output)
        return ResponsesExchange(
            text: String(decoding: output, as: UTF8.self), usage: translator.usage, failure: translator.failure,
            isWhole: translator.isWhole, response: translator.response.map { String(decoding: $0, as: UTF8.self) })
    }

    /// Feeds an answer as a whole, in any two pieces and in random ones, and expects the same of all.
    static func answer(_ request: String, _ stream: String) throws -> ResponsesExchange {
        let bytes = Array(stream.utf8)
        let expected = try answer(request, in: [bytes])
        for cut in 0...bytes.count {
            let found = try answer(request, in: [Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(found == expected, "cut at \(cut)")
        }
        for seed in 0..<20 {
            var random = SeededRandom(UInt64(seed))
            let found = try answer(request, in: random.pieces(of: bytes, longest: 1 + seed * 2))
            #expect(found == expected, "seed \(seed)")
        }
        return expected
    }

    /// A stream of OpenAI's with these choices' contents, and `[DONE]`.
    static func chunks(_ choices: [String], usage: String? = nil, done: Bool = true) -> String {
        func event(_ rest: String) -> String {
            "data: {\"id\":\"chatcmpl-7\",\"object\":\"chat.completion.chunk\",\"created\":5,\"model\":\"/w/m\",\(rest)}\n\n"
        }
        var text = choices.map { event("\"choices\":[{\"index\":0,\($0)}]") }.joined()
        if let usage { text += event("\"choices\":[],\"usage\":\(usage)") }
        return done ? text + "data: [DONE]\n\n" : text
    }

    /// Events as they stand in a stream, numbered, from what follows their types.
    static func events(_ events: [(type: String, rest: String)]) -> String {
        events.enumerated().map { number, event in
            "event: \(event.type)\ndata: {\"type\":\"\(event.type)\",\"sequence_number\":\(number),\(event.rest)}\n\n"
        }.joined()
    }

    /// A response to the plain request.
    static func response(_ status: String, output: String, usage: String = "null") -> String {
        let settings =
            #""background":false,"model":"guide","previous_response_id":null,"service_tier":"default","store":false,"truncation":"disabled","instructions":null,"max_output_tokens":null,"metadata":{},"parallel_tool_calls":true,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,"temperature":null,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":null,"user":null"#
        return
            #"{"id":"resp_7","object":"response","created_at":5,\#(status),\#(settings),"output":[\#(output)],"usage":\#(usage)}"#
    }

    static let completed = #""status":"completed","error":null,"incomplete_details":null"#
    static let cut = #""status":"incomplete","error":null,"incomplete_details":{"reason":"max_output_tokens"}"#

    /// What every stream begins with.
    static let start: [(type: String, rest: String)] = {
        let begun = response(#""status":"in_progress","error":null,"incomplete_details":null"#, output: "")
        return ["response.created", "response.in_progress"].map { ($0, #""response":\#(begun)"#) }
    }()

    static func usage(_ input: Int, _ cached: Int, _ output: Int, _ reasoning: Int = 0) -> String {
        #"{"input_tokens":\#(input),"input_tokens_details":{"cached_tokens":\#(cached),"cache_write_tokens":0},"output_tokens":\#(output),"output_tokens_details":{"reasoning_tokens":\#(reasoning)},"total_tokens":\#(input + output)}"#
    }

    static func message(
        _ id: String, _ text: String, status: String = "completed", logprobs: String = ""
    ) -> String {
        #"{"id":"\#(id)","type":"message","role":"assistant","content":[{"type":"output_text","text":"\#(text)","annotations":[],"logprobs":[\#(logprobs)]}],"status":"\#(status)"}"#
    }

    static func thoughts(_ id: String, _ text: String) -> String {
        #"{"id":"\#(id)","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"\#(text)"}],"status":"completed"}"#
    }

    static func call(
        _ id: String, _ callID: String, _ name: String, _ arguments: String, status: String = "completed"
    ) -> String {
        #"{"id":"\#(id)","type":"function_call","call_id":"\#(callID)","name":"\#(name)","arguments":"\#(arguments)","status":"\#(status)"}"#
    }
}
