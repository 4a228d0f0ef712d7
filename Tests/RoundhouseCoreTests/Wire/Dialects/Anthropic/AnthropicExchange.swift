import RoundhouseCore
import Testing

/// What becomes of an engine's answer to a request in Anthropic's dialect.
struct AnthropicExchange {
    var text = ""
    var usage: TokenUsage?
    var failure: String?
    var isWhole = false

    static let plain = #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}]}"#
    static let streamed = #"{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"x"}]}"#

    /// The chat completion that a request becomes.
    static func translate(_ request: String) throws -> TranslatedRequest {
        try Array(request.utf8).withUnsafeBytes { try AnthropicMessages().request($0, model: "guide") }
    }

    static func body(_ request: String) throws -> String {
        String(decoding: try translate(request).body, as: UTF8.self)
    }

    /// Feeds an answer in pieces. Each is memory of its own, so that what points into one that is gone shows.
    static func answer(_ request: String, in pieces: [[UInt8]]) throws -> AnthropicExchange {
        var translator = try translate(request).answer
        var output: [UInt8] = []
        for piece in pieces { piece.withUnsafeBytes { translator.take($0, into: &output) } }
        translator.finish(into: &output)
        return AnthropicExchange(
            text: String(decoding: output, as: UTF8.self), usage: translator.usage, failure: translator.failure,
            isWhole: translator.isWhole)
    }

    /// Feeds an answer as a whole, in any two pieces and in random ones, and expects the same of all.
    static func answer(_ request: String, _ stream: String) throws -> AnthropicExchange {
        let bytes = Array(stream.utf8)
        let expected = try answer(request, in: [bytes])
        for cut in 0...bytes.count {
            let found = try answer(request, in: [Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(found == expected, "cut at \(cut)")
        }
        for seed in 0..<30 {
            var random = SeededRandom(UInt64(seed))
            let found = try answer(request, in: random.pieces(of: bytes, longest: 1 + seed * 2))
            #expect(found == expected, "seed \(seed)")
        }
        return expected
    }

    /// A stream of OpenAI's with these choices' contents, and `[DONE]`.
    static func chunks(_ choices: [String], usage: String? = nil, done: Bool = true) -> String {
        var text = choices.map {
            "data: {\"id\":\"chatcmpl-7\",\"object\":\"chat.completion.chunk\",\"model\":\"/w/m\",\"choices\":[{\"index\":0,\($0)}]}\n\n"
        }.joined()
        if let usage { text += "data: {\"id\":\"chatcmpl-7\",\"choices\":[],\"usage\":\(usage)}\n\n" }
        return done ? text + "data: [DONE]\n\n" : text
    }

    /// Events as they stand in a stream, from their data.
    static func events(_ datas: [String]) -> String {
        datas.map { data in
            let type = data.dropFirst(9).prefix { $0 != "\"" }
            return "event: \(type)\ndata: \(data)\n\n"
        }.joined()
    }

    /// What every stream begins with.
    static let start = [
        #"{"type":"message_start","message":{"id":"msg_7","type":"message","role":"assistant","model":"guide","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"output_tokens":0}}}"#,
        #"{"type":"ping"}"#,
    ]

    /// What every stream ends with.
    static func end(_ reason: String, sequence: String = "null", usage: String) -> [String] {
        [
            #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)","stop_sequence":\#(sequence)},"usage":\#(usage)}"#,
            #"{"type":"message_stop"}"#,
        ]
    }

    static func usage(_ input: Int, _ cached: Int?, _ output: Int) -> String {
        #"{"input_tokens":\#(input),"cache_creation_input_tokens":null,"cache_read_input_tokens":\#(cached.map(String.init) ?? "null"),"output_tokens":\#(output)}"#
    }
}

extension AnthropicExchange: Equatable {}
