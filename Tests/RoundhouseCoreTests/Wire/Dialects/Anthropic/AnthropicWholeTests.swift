import RoundhouseCore
import Testing

@Suite struct AnthropicWholeTests {
    private typealias Exchange = AnthropicExchange

    private func message(_ content: String, _ reason: String, sequence: String = "null", usage: String) -> String {
        #"{"id":"msg_7","type":"message","role":"assistant","model":"guide","content":[\#(content)],"stop_reason":"\#(reason)","stop_sequence":\#(sequence),"usage":\#(usage)}"#
    }

    private func expect(_ stream: String, becomes message: String) throws {
        let found = try Exchange.answer(Exchange.plain, stream)
        #expect(found.text == message)
        #expect(found.isWhole && found.failure == nil)
    }

    @Test func textAndThoughts() throws {
        try expect(
            Exchange.chunks(
                [
                    #""delta":{"role":"assistant","content":""}"#, #""delta":{"reasoning_content":"H\u006d"}"#,
                    #""delta":{"content":"Grüß "}"#, #""delta":{"content":"\"Gott\" 🎉"}"#,
                    #""delta":{},"finish_reason":"stop","stop_reason":"x""#,
                ], usage: #"{"prompt_tokens":12,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":8}}"#),
            becomes: message(
                #"{"type":"thinking","thinking":"H\u006d","signature":"unsigned"},{"type":"text","text":"Grüß \"Gott\" 🎉"}"#,
                "stop_sequence", sequence: #""x""#, usage: Exchange.usage(4, 8, 5)))
    }

    @Test func callsOfToolsEvenInterleaved() throws {
        try expect(
            Exchange.chunks([
                #""delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"b\":\"ü"}}]}"#,
                #""delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":""}}]}"#,
                #""delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\n\",\"a\":[1]}"}}]}"#,
                #""delta":{},"finish_reason":"tool_calls""#,
            ]),
            becomes: message(
                #"{"type":"tool_use","id":"a","name":"f","input":{"b":"ü\n","a":[1]}},{"type":"tool_use","id":"b","name":"g","input":{}}"#,
                "tool_use", usage: Exchange.usage(0, nil, 0)))
    }

    @Test(arguments: [#"[1]"#, #"{\"a\":"#, "x", #"{} {}"#])
    func argumentsThatAreNoObjectAreAFailure(arguments: String) throws {
        let found = try Exchange.answer(
            Exchange.plain,
            Exchange.chunks([
                #""delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"\#(arguments)"}}]},"finish_reason":"tool_calls""#
            ]))
        #expect(found.text.isEmpty && !found.isWhole)
        #expect(found.failure == "the model called the tool \"f\" with arguments that are no JSON object")
    }

    @Test func argumentsThatTheLimitCutOffAreLeftOut() throws {
        try expect(
            Exchange.chunks([
                #""delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"a\":"}}]},"finish_reason":"length""#
            ]),
            becomes: message(
                #"{"type":"tool_use","id":"a","name":"f","input":{}}"#, "max_tokens", usage: Exchange.usage(0, nil, 0)))
    }

    @Test func anAnswerOfNothing() throws {
        try expect(
            Exchange.chunks([#""delta":{},"finish_reason":"stop""#]),
            becomes: message("", "end_turn", usage: Exchange.usage(0, nil, 0)))
    }

    @Test func onlyTheFirstChoiceIsTold() throws {
        try expect(
            "data: {\"id\":\"chatcmpl-7\",\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"}},"
                + "{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n",
            becomes: message(#"{"type":"text","text":"a"}"#, "end_turn", usage: Exchange.usage(0, nil, 0)))
    }

    @Test func thoughtsThatAreNotWantedAreNotSent() throws {
        let request = #"{"max_tokens":9,"thinking":{"type":"disabled"},"messages":[{"role":"user","content":"x"}]}"#
        let found = try Exchange.answer(
            request, Exchange.chunks([#""delta":{"reasoning":"Hm","content":"Yes"},"finish_reason":"stop""#]))
        #expect(found.text == message(#"{"type":"text","text":"Yes"}"#, "end_turn", usage: Exchange.usage(0, nil, 0)))
    }

    @Test func theFormsOfAnswers() throws {
        #expect(try Exchange.translate(Exchange.plain).answer.output == .object)
        #expect(try Exchange.translate(Exchange.streamed).answer.output == .events)
        #expect(try Exchange.translate(Exchange.plain).answer.input == .events)
    }
}
