import Testing

@testable import RoundhouseCore

/// Requests and streams with mistakes in them: whatever is made of them is JSON.
@Suite struct OllamaFuzzTests {
    private static let alphabet = Array(#"{}[]":,\u0a1-.e tfn"#.utf8) + [0xc2, 0x85, 0xe2, 0x80, 0xa8]
    private static let chat =
        #"{"model":"m","messages":[{"role":"user","content":"a\u00e9","images":["iVBORw0KGgo="]},{"role":"assistant","tool_calls":[{"id":"x","function":{"name":"f","arguments":{"a":1}}}]},{"role":"tool","tool_name":"f","content":"c"}],"tools":[{"function":{"name":"f"}}],"options":{"top_k":3,"stop":["a"],"seed":1.0,"q":[1]},"think":"low","format":{"a":1},"keep_alive":"1h2m","x":null}"#
    private static let generate =
        #"{"model":"m","prompt":"p","system":"s","images":["R0lGOD"],"context":[],"raw":false}"#
    private static let embed = #"{"model":"m","input":["a","b"],"options":{"num_ctx":3},"dimensions":3}"#

    @Test(arguments: 0..<300)
    func requests(seed: Int) {
        var random = SeededRandom(UInt64(seed))
        let dialects: [(any Dialect, String)] = [
            (OllamaChat(clock: { 0 }), Self.chat), (OllamaGenerate(clock: { 0 }), Self.generate),
            (OllamaEmbed(clock: { 0 }), Self.embed),
        ]
        for (dialect, body) in dialects {
            let bytes = random.mutated(Array(body.utf8), inserting: Self.alphabet)
            let text = String(decoding: bytes, as: UTF8.self)
            guard let request = try? OllamaTranscript.request(dialect, bytes) else { continue }
            #expect(request.body.withUnsafeBytes { JSONValue($0) } != nil, "\(text)")
        }
    }

    @Test(arguments: 0..<300)
    func streams(seed: Int) {
        var random = SeededRandom(UInt64(seed))
        let stream = OllamaTranscript.stream([
            #"{"choices":[{"delta":{"content":"é\u2028","reasoning":"r"},"logprobs":{"content":[{"token":"a","logprob":-1}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"a\":[1]}"}}]}}]}"#,
            #"{"choices":[{"delta":{},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2},"timings":{"prompt_ms":1,"predicted_ms":2}}"#,
        ])
        let bytes = random.mutated(stream, inserting: Self.alphabet)
        for streams in [true, false] {
            let (text, _) = OllamaTranscript.answered(
                { OllamaAnswer(.chat, model: "m", streams: streams, clock: $0.read) },
                random.pieces(of: bytes, longest: 50))
            for line in text.split(whereSeparator: \.isNewline) {
                #expect(Array(line.utf8).withUnsafeBytes { JSONValue($0) } != nil, "\(line)")
            }
        }
    }
}
