import RoundhouseCore
import Testing

@Suite struct AnthropicStreamTests {
    private typealias Exchange = AnthropicExchange

    private func start(_ index: Int, _ block: String) -> String {
        #"{"type":"content_block_start","index":\#(index),"content_block":\#(block)}"#
    }

    private func delta(_ index: Int, _ delta: String) -> String {
        #"{"type":"content_block_delta","index":\#(index),"delta":\#(delta)}"#
    }

    private func stop(_ index: Int) -> String { #"{"type":"content_block_stop","index":\#(index)}"# }

    private func expect(_ stream: String, becomes events: [String], usage: TokenUsage?) throws {
        let found = try Exchange.answer(Exchange.streamed, stream)
        #expect(found.text == Exchange.events(Exchange.start + events))
        #expect(found.usage == usage)
        #expect(found.isWhole && found.failure == nil)
    }

    @Test func text() throws {
        try expect(
            Exchange.chunks(
                [
                    #""delta":{"role":"assistant","content":null},"finish_reason":null"#,
                    #""delta":{"content":"Grüß \"Gott\""},"finish_reason":null"#,
                    #""delta":{"content":"\n\u00fc 🎉 \ud83c\udf89"},"finish_reason":null"#,
                    #""delta":{"content":""},"finish_reason":null"#,
                    #""delta":{},"finish_reason":"stop""#,
                ], usage: #"{"prompt_tokens":12,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":8}}"#),
            becomes: [
                start(0, #"{"type":"text","text":""}"#),
                delta(0, #"{"type":"text_delta","text":"Grüß \"Gott\""}"#),
                delta(0, #"{"type":"text_delta","text":"\n\u00fc 🎉 \ud83c\udf89"}"#),
                stop(0),
            ] + Exchange.end("end_turn", usage: Exchange.usage(4, 8, 5)),
            usage: TokenUsage(inputTokens: 12, outputTokens: 5, cachedTokens: 8))
    }

    @Test func thoughtsComeInABlockOfTheirOwn() throws {
        try expect(
            Exchange.chunks([
                #""delta":{"reasoning_content":"Hm"}"#, #""delta":{"reasoning":", well"}"#,
                #""delta":{"content":"Yes"}"#, #""delta":{},"finish_reason":"stop""#,
            ]),
            becomes: [
                start(0, #"{"type":"thinking","thinking":"","signature":""}"#),
                delta(0, #"{"type":"thinking_delta","thinking":"Hm"}"#),
                delta(0, #"{"type":"thinking_delta","thinking":", well"}"#),
                delta(0, #"{"type":"signature_delta","signature":"unsigned"}"#),
                stop(0),
                start(1, #"{"type":"text","text":""}"#),
                delta(1, #"{"type":"text_delta","text":"Yes"}"#),
                stop(1),
            ] + Exchange.end("end_turn", usage: Exchange.usage(0, nil, 0)), usage: nil)
    }

    @Test(arguments: [#"{"type":"disabled"}"#, #"{"type":"adaptive","display":"omitted"}"#])
    func thoughtsThatAreNotWantedAreNotSent(thinking: String) throws {
        let request = Exchange.streamed.dropLast() + #","thinking":\#(thinking)}"#
        let found = try Exchange.answer(
            String(request),
            Exchange.chunks([#""delta":{"reasoning_content":"Hm","content":"Yes"},"finish_reason":"stop""#]))
        #expect(!found.text.contains("Hm"))
        #expect(found.text.contains(delta(0, #"{"type":"text_delta","text":"Yes"}"#)))
    }

    @Test func callsOfTools() throws {
        try expect(
            Exchange.chunks(
                [
                    #""delta":{"content":"Let me see."}"#,
                    #""delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":""}}]}"#,
                    #""delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}"#,
                    #""delta":{"tool_calls":[{"index":0,"function":{"arguments":":\"ü\"}"}}]}"#,
                    #""delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"g","arguments":"{}"}}]}"#,
                    #""delta":{},"finish_reason":"tool_calls""#,
                ], usage: #"{"prompt_tokens":3,"completion_tokens":20}"#),
            becomes: [
                start(0, #"{"type":"text","text":""}"#),
                delta(0, #"{"type":"text_delta","text":"Let me see."}"#),
                stop(0),
                start(1, #"{"type":"tool_use","id":"call_a","name":"f","input":{}}"#),
                delta(1, #"{"type":"input_json_delta","partial_json":"{\"a\""}"#),
                delta(1, #"{"type":"input_json_delta","partial_json":":\"ü\"}"}"#),
                stop(1),
                start(2, #"{"type":"tool_use","id":"call_b","name":"g","input":{}}"#),
                delta(2, #"{"type":"input_json_delta","partial_json":"{}"}"#),
                stop(2),
            ] + Exchange.end("tool_use", usage: Exchange.usage(3, nil, 20)),
            usage: TokenUsage(inputTokens: 3, outputTokens: 20))
    }

    /// As Ollama and Gemini send them: whole calls, all with the same index or none, ended by `stop`; and one without an id.
    @Test func wholeCallsThatShareAnIndex() throws {
        try expect(
            Exchange.chunks([
                #""delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}"#,
                #""delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"f","arguments":"{\"x\":1}"}}]}"#,
                #""delta":{"tool_calls":[{"index":1,"function":{"name":"g"}}]},"finish_reason":"stop""#,
            ]),
            becomes: [
                start(0, #"{"type":"tool_use","id":"a","name":"f","input":{}}"#),
                delta(0, #"{"type":"input_json_delta","partial_json":"{}"}"#),
                stop(0),
                start(1, #"{"type":"tool_use","id":"b","name":"f","input":{}}"#),
                delta(1, #"{"type":"input_json_delta","partial_json":"{\"x\":1}"}"#),
                stop(1),
                start(2, #"{"type":"tool_use","id":"toolu_7_2","name":"g","input":{}}"#),
                stop(2),
            ] + Exchange.end("tool_use", usage: Exchange.usage(0, nil, 0)), usage: nil)
    }

    @Test func aCallThatGoesOnAfterItsEndIsAFailure() throws {
        let found = try Exchange.answer(
            Exchange.streamed,
            Exchange.chunks([
                #""delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}"#,
                #""delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}"#,
                #""delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}"#,
                #""delta":{},"finish_reason":"tool_calls""#,
            ]))
        #expect(found.failure == "the engine sent arguments of a tool call that had no name, or had ended")
        #expect(!found.isWhole)
        #expect(!found.text.contains("message_stop"))
    }

    @Test(arguments: [
        ("stop", "end_turn"), ("length", "max_tokens"), ("content_filter", "refusal"), ("eos", "end_turn"),
        ("tool_calls", "end_turn"),
    ])
    func reasonsForTheEnd(engines: String, ours: String) throws {
        try expect(
            Exchange.chunks(
                [#""delta":{},"finish_reason":"\#(engines)""#], usage: #"{"prompt_tokens":1,"completion_tokens":2}"#),
            becomes: Exchange.end(ours, usage: Exchange.usage(1, nil, 2)),
            usage: TokenUsage(inputTokens: 1, outputTokens: 2))
    }

    @Test func stopSequencesAreNamedWhereTheEngineNamesThem() throws {
        try expect(
            Exchange.chunks([#""delta":{},"finish_reason":"stop","stop_reason":"\nEND""#]),
            becomes: Exchange.end("stop_sequence", sequence: #""\nEND""#, usage: Exchange.usage(0, nil, 0)), usage: nil)
        try expect(
            Exchange.chunks([#""delta":{},"finish_reason":"stop","stop_reason":128001"#]),
            becomes: Exchange.end("end_turn", usage: Exchange.usage(0, nil, 0)), usage: nil)
    }

    @Test func aRefusalIsTextWithAReason() throws {
        try expect(
            Exchange.chunks([
                #""delta":{"refusal":null,"content":""}"#, #""delta":{"refusal":"No."}"#,
                #""delta":{},"finish_reason":"stop""#,
            ]),
            becomes: [
                start(0, #"{"type":"text","text":""}"#), delta(0, #"{"type":"text_delta","text":"No."}"#), stop(0),
            ] + Exchange.end("refusal", usage: Exchange.usage(0, nil, 0)), usage: nil)
    }

    /// As transformers sends it: usage with the reason, no `[DONE]`, CRLF, a comment, and no empty line at the end.
    @Test func otherFramings() throws {
        let stream =
            ": hello\r\n\r\ndata: {\"id\":\"x-1\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\n"
            + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}"
        let found = try Exchange.answer(Exchange.streamed, stream)
        #expect(found.isWhole)
        #expect(found.text.contains(#""id":"msg_x-1","type":"message""#))
        #expect(found.text.hasSuffix(Exchange.events(Exchange.end("end_turn", usage: Exchange.usage(1, nil, 1)))))
    }

    @Test func theEndWaitsForUsageAndNoLonger() throws {
        var translator = try Exchange.translate(Exchange.streamed).answer
        var output: [UInt8] = []
        func feed(_ text: String) -> String {
            output = []
            Array(text.utf8).withUnsafeBytes { translator.take($0, into: &output) }
            return String(decoding: output, as: UTF8.self)
        }
        #expect(!feed(Exchange.chunks([#""delta":{},"finish_reason":"stop""#], done: false)).contains("message_delta"))
        #expect(translator.isWhole)
        let usage = #"{"prompt_tokens":1,"completion_tokens":2}"#
        #expect(
            feed(Exchange.chunks([], usage: usage, done: false))
                == Exchange.events(Exchange.end("end_turn", usage: Exchange.usage(1, nil, 2))))
        output = []
        translator.finish(into: &output)
        #expect(output.isEmpty)
    }

    @Test func everyPieceOfOutputIsWholeEvents() throws {
        let bytes = Array(
            Exchange.chunks([#""delta":{"content":"ab"}"#, #""delta":{"content":"c"},"finish_reason":"stop""#]).utf8)
        var translator = try Exchange.translate(Exchange.streamed).answer
        for byte in bytes {
            var output: [UInt8] = []
            withUnsafeBytes(of: byte) { translator.take($0, into: &output) }
            #expect(output.isEmpty || output.suffix(2) == [0x0a, 0x0a])
        }
    }
}
