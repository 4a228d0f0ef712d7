import Testing

@testable import RoundhouseCore

@Suite struct ChatChunkTests {
    private func read<Result>(_ text: String, _ body: (ChatChunk, (Range<Int>?) -> String?) -> Result) -> Result? {
        Array(text.utf8).withUnsafeBytes { bytes in
            ChatChunk(bytes).map { chunk in
                body(chunk) { $0.map { String(decoding: bytes[$0], as: UTF8.self) } }
            }
        }
    }

    @Test func aPieceOfText() {
        let text = #"""
             {"id":"c-1","object":"chat.completion.chunk","created":7,"model":"m","choices":[ {"index":0,"delta":
            {"role":"assistant","content":"a\"b é\n","reasoning_content":""},"logprobs":null,"finish_reason":null}, {"index":1,
            "delta":{"content":"other"},"finish_reason":"stop"}],"usage":null}
            """#
        let found: Void? = read(text) { chunk, string in
            #expect(string(chunk.id) == "c-1")
            #expect(string(chunk.content) == #"a\"b é\n"#)
            #expect(string(chunk.reasoning) == "")
            #expect(chunk.finishReason == nil && chunk.usage == nil && chunk.error == nil && chunk.toolCalls.isEmpty)
        }
        #expect(found != nil)
    }

    @Test func callsOfToolsAndTheEnd() {
        let text = #"""
            {"choices":[{"delta":{"content":null,"reasoning":"hm","tool_calls":[
                {"index":2,"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":"}},
                {"function":{"arguments":""}}, 7]},"finish_reason":"tool_calls"}],
             "usage":{"prompt_tokens":3,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":2}}}
            """#
        let found: Void? = read(text) { chunk, string in
            #expect(string(chunk.reasoning) == "hm")
            #expect(chunk.content == nil)
            #expect(chunk.toolCalls.map(\.index) == [2, 1])
            #expect(string(chunk.toolCalls[0].id) == "call_1")
            #expect(string(chunk.toolCalls[0].name) == "f")
            #expect(string(chunk.toolCalls[0].arguments) == #"{\"a\":"#)
            #expect(string(chunk.toolCalls[1].arguments) == "")
            #expect(string(chunk.finishReason) == "tool_calls")
            #expect(chunk.usage == TokenUsage(inputTokens: 3, outputTokens: 4, cachedTokens: 2))
        }
        #expect(found != nil)
    }

    @Test(arguments: [
        "{}", #"{"choices":[]}"#, #"{"choices":[3,null]}"#, #"{"choices":[{"delta":null}]}"#,
        #"{"choices":{"delta":{"content":"x"}}}"#, #"{"choices":[{"delta":{"content":{}, "tool_calls":[]}}]}"#,
    ])
    func whatHasNothingInItSaysNothing(_ text: String) {
        #expect(read(text) { chunk, _ in chunk.content == nil && chunk.toolCalls.isEmpty } == true)
    }

    @Test(arguments: ["", "[]", "{", "null", #"{"choices":[}"#])
    func whatIsNoObjectIsNone(_ text: String) {
        #expect(read(text) { _, _ in true } == nil)
    }

    @Test func errorsAreSeen() {
        #expect(read(#"{"error":{"message":"x"}}"#) { chunk, string in string(chunk.error) } == #"{"message":"x"}"#)
        #expect(read(#"{"error":"x"}"#) { chunk, string in string(chunk.error) } == #""x""#)
        #expect(read(#"{"error":null}"#) { chunk, _ in chunk.error == nil } == true)
    }
}
