import Testing

@testable import RoundhouseCore

@Suite struct OllamaAnswerTests {
    private static let text = [
        #"{"id":"c","object":"chat.completion.chunk","model":"/w/m","choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]}"#,
        #"{"id":"c","choices":[{"index":0,"delta":{"content":"Grüß \"Gott\" "},"finish_reason":null}]}"#,
        #"{"id":"c","choices":[{"index":0,"delta":{"content":"🎉\n\u00e9"},"finish_reason":null}]}"#,
        #"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        #"{"id":"c","choices":[],"usage":{"prompt_tokens":26,"completion_tokens":9,"total_tokens":35,"prompt_tokens_details":{"cached_tokens":20}}}"#,
    ]

    private func check(
        _ shape: OllamaAnswer.Shape, streams: Bool, _ chunks: [String], _ expected: [String],
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) -> any AnswerTranslator {
        let make = { (clock: TickingClock) -> any AnswerTranslator in
            OllamaAnswer(shape, model: "guide", streams: streams, clock: clock.read)
        }
        let bytes = OllamaTranscript.stream(chunks)
        let (text, translator) = OllamaTranscript.answered(make, [bytes])
        let wanted = expected.map { streams ? $0 + "\n" : $0 }.joined()
        #expect(text == wanted, sourceLocation: sourceLocation)
        OllamaTranscript.expectSame(make, bytes, wanted)
        return translator
    }

    @Test func aStreamOfText() {
        let translator = check(
            .chat, streams: true, Self.text,
            [
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.003000Z","message":{"role":"assistant","content":"Grüß \"Gott\" "},"done":false}"#,
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.004000Z","message":{"role":"assistant","content":"🎉\n\u00e9"},"done":false}"#,
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.007000Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":6000000,"load_duration":0,"prompt_eval_count":26,"prompt_eval_duration":2000000,"eval_count":9,"eval_duration":1000000}"#,
            ])
        #expect(translator.isWhole && translator.failure == nil && translator.dataEvents == 5)
        #expect(translator.usage == TokenUsage(inputTokens: 26, outputTokens: 9, cachedTokens: 20))
        #expect(translator.input == .events && translator.output == .lines)
    }

    @Test func aWholeAnswer() {
        let translator = check(
            .chat, streams: false, Self.text,
            [
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.007000Z","message":{"role":"assistant","content":"Grüß \"Gott\" 🎉\n\u00e9"},"done":true,"done_reason":"stop","total_duration":6000000,"load_duration":0,"prompt_eval_count":26,"prompt_eval_duration":2000000,"eval_count":9,"eval_duration":1000000}"#
            ])
        #expect(translator.isWhole && translator.output == .object)
    }

    @Test func generateSaysResponse() {
        let chunks = [
            #"{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"Yes"}}]}"#,
            #"{"choices":[{"index":0,"delta":{},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2},"timings":{"prompt_ms":1.5,"predicted_ms":0.5}}"#,
        ]
        _ = check(
            .generate, streams: true, chunks,
            [
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.002000Z","response":"","thinking":"hm","done":false}"#,
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.003000Z","response":"Yes","done":false}"#,
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.005000Z","response":"","done":true,"done_reason":"length","total_duration":4000000,"load_duration":2000000,"prompt_eval_count":1,"prompt_eval_duration":1500000,"eval_count":2,"eval_duration":500000}"#,
            ])
        _ = check(
            .generate, streams: false, chunks,
            [
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.005000Z","response":"Yes","thinking":"hm","done":true,"done_reason":"length","total_duration":4000000,"load_duration":2000000,"prompt_eval_count":1,"prompt_eval_duration":1500000,"eval_count":2,"eval_duration":500000}"#
            ])
    }

    @Test func parallelCallsOfTools() {
        let chunks = [
            #"{"choices":[{"delta":{"role":"assistant","reasoning":"so"}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"weather","arguments":"{\n \"zone\": \"o"}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"now","arguments":""}},{"index":0,"function":{"arguments":"st\", \"a\": 1.0 }"}}]}}]}"#,
            #"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
        ]
        let calls =
            #"[{"id":"a","function":{"index":0,"name":"weather","arguments":{  "zone": "ost", "a": 1.0 }}},{"id":"b","function":{"index":1,"name":"now","arguments":{}}}]"#
        let translator = check(
            .chat, streams: true, chunks,
            [
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.002000Z","message":{"role":"assistant","content":"","thinking":"so"},"done":false}"#,
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.005000Z","message":{"role":"assistant","content":"","tool_calls":"#
                    + calls + #"},"done":false}"#,
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.006000Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":5000000,"load_duration":0,"prompt_eval_duration":1000000,"eval_duration":2000000}"#,
            ])
        #expect(translator.isWhole)
        _ = check(
            .chat, streams: false, chunks,
            [
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.006000Z","message":{"role":"assistant","content":"","thinking":"so","tool_calls":"#
                    + calls
                    + #"},"done":true,"done_reason":"stop","total_duration":5000000,"load_duration":0,"prompt_eval_duration":1000000,"eval_duration":2000000}"#
            ])
    }

    @Test func logProbabilitiesAndRefusals() {
        let chunks = [
            #"{"choices":[{"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.5,"top_logprobs":[]}]}}]}"#,
            #"{"choices":[{"delta":{"refusal":"no"},"logprobs":{"content":null}}]}"#,
            #"{"choices":[{"delta":{"content":""},"finish_reason":"content_filter","logprobs":{"content":[{"token":"b","logprob":-1}]}}]}"#,
        ]
        _ = check(
            .generate, streams: false, chunks,
            [
                #"{"model":"guide","created_at":"2023-11-14T22:13:20.005000Z","response":"ano","logprobs":[{"token":"a","logprob":-0.5,"top_logprobs":[]},{"token":"b","logprob":-1}],"done":true,"done_reason":"content_filter","total_duration":4000000,"load_duration":0,"prompt_eval_duration":1000000,"eval_duration":2000000}"#
            ])
    }

    /// Clients for Python split lines at these.
    @Test func noLineEndsInsideALine() {
        let chunks = [
            "{\"choices\":[{\"delta\":{\"content\":\"a\u{2028}b\u{2029}c\u{85}dé€\"},\"finish_reason\":\"stop\"}]}"
        ]
        let bytes = OllamaTranscript.stream(chunks)
        let make = { (clock: TickingClock) -> any AnswerTranslator in
            OllamaAnswer(.chat, model: "g", streams: true, clock: clock.read)
        }
        let text = OllamaTranscript.answered(make, [bytes]).text
        #expect(text.contains(#""content":"a\u2028b\u2029c\u0085dé€""#))
        #expect(text.split(whereSeparator: \.isNewline).count == 2)
        OllamaTranscript.expectSame(make, bytes, text)
    }
}
