import RoundhouseCore
import Testing

/// Damaged requests and answers: nothing that is made of them is anything but JSON, and nothing crashes.
@Suite struct AnthropicFuzzTests {
    private static let request = Array(
        #"""
        {"model":"m","max_tokens":64,"stream":true,"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":
        [{"type":"text","text":"ü\n"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBO"}},
        {"type":"document","source":{"type":"text","data":"D"}}]},{"role":"assistant","content":[{"type":"thinking","thinking":"t",
        "signature":"s"},{"type":"tool_use","id":"a","name":"f","input":{"z":[1,"\u00fc"]}}]},{"role":"user","content":[{"type":
        "tool_result","tool_use_id":"a","is_error":true,"content":[{"type":"text","text":"x"}]}]}],"tools":[{"name":"f",
        "input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},"thinking":
        {"type":"enabled","budget_tokens":2000},"stop_sequences":["a"],"metadata":{"user_id":"u","feature":"f"},"min_p":0.1}
        """#.utf8)

    private static let answer = Array(
        AnthropicExchange.chunks(
            [
                #""delta":{"role":"assistant","content":"","reasoning":"Hm"}"#, #""delta":{"content":"Grüß \"\n🎉"}"#,
                #""delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"a\""}}]}"#,
                #""delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}},{"index":1,"id":"b","function":{"name":"g"}}]}"#,
                #""delta":{},"finish_reason":"tool_calls","stop_reason":"x""#,
            ], usage: #"{"prompt_tokens":3,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":2}}"#
        ).utf8)

    private static let alphabet = Array(#"{}[]",:\0 nul"#.utf8)

    @Test(arguments: 0..<8)
    func requests(seed: UInt64) throws {
        var random = SeededRandom(seed)
        var accepted = 0
        for _ in 0..<400 {
            let body = random.mutated(Self.request, inserting: Self.alphabet)
            guard let text = String(validating: body, as: UTF8.self),
                let translated = try? AnthropicExchange.translate(text)
            else { continue }
            accepted += 1
            _ = try FoundationJSON.value(body)
            _ = try FoundationJSON.value(translated.body)
        }
        #expect(accepted > 10)
    }

    @Test(arguments: 0..<8)
    func answers(seed: UInt64) throws {
        var random = SeededRandom(seed)
        var whole = 0
        for _ in 0..<200 {
            let stream = random.mutated(Self.answer, inserting: Self.alphabet)
            let events = try AnthropicExchange.answer(AnthropicExchange.streamed, in: [stream])
            for event in events.text.split(separator: "\n\n") {
                let lines = event.split(separator: "\n")
                #expect(lines.count == 2 && lines[0].hasPrefix("event: ") && lines[1].hasPrefix("data: "))
                _ = try FoundationJSON.value(Array(lines[1].dropFirst(6).utf8))
            }
            #expect(events.isWhole == events.text.hasSuffix("data: {\"type\":\"message_stop\"}\n\n"))
            let message = try AnthropicExchange.answer(AnthropicExchange.plain, in: [stream])
            #expect(message.isWhole != message.text.isEmpty)
            guard message.isWhole else { continue }
            whole += 1
            _ = try FoundationJSON.value(Array(message.text.utf8))
        }
        #expect(whole > 10)
    }
}
