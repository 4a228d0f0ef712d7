import RoundhouseCore
import Testing

@Suite struct ResponsesStreamTests {
    private typealias Exchange = ResponsesExchange

    private func at(_ id: String, _ output: Int, content: Int? = 0) -> String {
        #""item_id":"\#(id)","output_index":\#(output)"# + (content.map { #","content_index":\#($0)"# } ?? "")
    }

    private func item(_ output: Int, _ item: String) -> String { #""output_index":\#(output),"item":\#(item)"# }

    /// The events of a message of one text.
    private func message(_ id: String, _ output: Int, _ deltas: [String], status: String = "completed")
        -> [(type: String, rest: String)]
    {
        let place = at(id, output)
        func part(_ text: String) -> String {
            #"\#(place),"part":{"type":"output_text","text":"\#(text)","annotations":[],"logprobs":[]}"#
        }
        let empty =
            #"{"id":"\#(id)","type":"message","role":"assistant","content":[],"status":"in_progress"}"#
        let whole = deltas.joined()
        return [
            ("response.output_item.added", item(output, empty)), ("response.content_part.added", part("")),
        ] + deltas.map { ("response.output_text.delta", #"\#(place),"delta":"\#($0)","logprobs":[]"#) } + [
            ("response.output_text.done", #"\#(place),"text":"\#(whole)","logprobs":[]"#),
            ("response.content_part.done", part(whole)),
            ("response.output_item.done", item(output, Exchange.message(id, whole, status: status))),
        ]
    }

    @Test func aText() throws {
        let found = try Exchange.answer(
            Exchange.streamed,
            Exchange.chunks(
                [
                    #""delta":{"role":"assistant","content":""}"#, #""delta":{"content":"Grüß \"Gott\" \ud83c"}"#,
                    #""delta":{"content":"\udf89 🎉\n"}"#, #""delta":{},"finish_reason":"stop""#,
                ],
                usage:
                    #"{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}}"#
            ))
        let whole = #"Grüß \"Gott\" \ud83c\udf89 🎉\n"#
        let response = Exchange.response(
            Exchange.completed, output: Exchange.message("msg_7_0", whole), usage: Exchange.usage(9, 3, 4, 2))
        let expected =
            Exchange.start + message("msg_7_0", 0, [#"Grüß \"Gott\" \ud83c"#, #"\udf89 🎉\n"#])
            + [("response.completed", #""response":\#(response)"#)]
        #expect(found.text == Exchange.events(expected))
        #expect(found.response == response)
        #expect(found.isWhole && found.failure == nil)
        #expect(found.usage == TokenUsage(inputTokens: 9, outputTokens: 4, cachedTokens: 3))
    }

    @Test(arguments: [("length", "max_output_tokens"), ("content_filter", "content_filter")])
    func anAnswerThatWasCut(_ reason: String, _ told: String) throws {
        let found = try Exchange.answer(
            Exchange.streamed, Exchange.chunks([#""delta":{"content":"a"},"finish_reason":"\#(reason)""#]))
        let response = Exchange.response(
            Exchange.cut.replacing("max_output_tokens", with: told),
            output: Exchange.message("msg_7_0", "a", status: "incomplete"))
        #expect(
            found.text
                == Exchange.events(
                    Exchange.start + message("msg_7_0", 0, ["a"], status: "incomplete")
                        + [("response.incomplete", #""response":\#(response)"#)]))
        #expect(found.isWhole)
    }

    @Test func thoughtsAndParallelCalls() throws {
        let found = try Exchange.answer(
            Exchange.streamed,
            Exchange.chunks([
                #""delta":{"reasoning_content":"h"}"#, #""delta":{"reasoning_content":"m"}"#,
                #""delta":{"content":"I look."}"#,
                #""delta":{"tool_calls":[{"index":0,"id":"c0","type":"function","function":{"name":"f","arguments":""}}]}"#,
                #""delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}},{"index":1,"id":"c1","function":{"name":"g"}}]}"#,
                #""delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"#,
                #""delta":{},"finish_reason":"tool_calls""#,
            ]))
        let thoughts = Exchange.thoughts("rs_7_0", "hm")
        let f = Exchange.call("fc_7_2", "c0", "f", #"{\"a\":1}"#)
        let g = Exchange.call("fc_7_3", "c1", "g", "{}")
        func delta(_ id: String, _ output: Int, _ delta: String) -> (type: String, rest: String) {
            ("response.function_call_arguments.delta", #"\#(at(id, output, content: nil)),"delta":"\#(delta)""#)
        }
        func end(_ id: String, _ output: Int, _ arguments: String, _ call: String) -> [(type: String, rest: String)] {
            [
                (
                    "response.function_call_arguments.done",
                    #"\#(at(id, output, content: nil)),"arguments":"\#(arguments)""#
                ), ("response.output_item.done", item(output, call)),
            ]
        }
        let response = Exchange.response(
            Exchange.completed, output: [thoughts, Exchange.message("msg_7_1", "I look."), f, g].joined(separator: ","))
        let place = at("rs_7_0", 0)
        var expected = Exchange.start
        expected += [
            (
                "response.output_item.added",
                item(0, #"{"id":"rs_7_0","type":"reasoning","summary":[],"content":[],"status":"in_progress"}"#)
            ), ("response.content_part.added", #"\#(place),"part":{"type":"reasoning_text","text":""}"#),
            ("response.reasoning_text.delta", #"\#(place),"delta":"h""#),
            ("response.reasoning_text.delta", #"\#(place),"delta":"m""#),
            ("response.reasoning_text.done", #"\#(place),"text":"hm""#),
            ("response.content_part.done", #"\#(place),"part":{"type":"reasoning_text","text":"hm"}"#),
            ("response.output_item.done", item(0, thoughts)),
        ]
        expected += message("msg_7_1", 1, ["I look."])
        expected += [
            (
                "response.output_item.added",
                item(2, Exchange.call("fc_7_2", "c0", "f", "", status: "in_progress"))
            ), delta("fc_7_2", 2, #"{\"a\":"#),
            (
                "response.output_item.added",
                item(3, Exchange.call("fc_7_3", "c1", "g", "", status: "in_progress"))
            ), delta("fc_7_2", 2, "1}"),
        ]
        expected += end("fc_7_2", 2, #"{\"a\":1}"#, f)
        expected += [delta("fc_7_3", 3, "{}")] + end("fc_7_3", 3, "{}", g)
        expected += [("response.completed", #""response":\#(response)"#)]
        #expect(found.text == Exchange.events(expected))
        #expect(found.isWhole)
    }

    @Test func logProbabilities() throws {
        let request = #"{"input":"x","stream":true,"include":["message.output_text.logprobs"]}"#
        let a = #"{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[]}"#
        let b = #"{"token":"b","logprob":-1,"bytes":[98],"top_logprobs":[]}"#
        let stream = Exchange.chunks([
            #""delta":{"content":"a"},"logprobs":{"content":[\#(a)]}"#,
            #""delta":{"content":"b"},"logprobs":{"content":[\#(b)]},"finish_reason":"stop""#,
        ])
        let found = try Exchange.answer(request, stream)
        #expect(found.text.contains(#""delta":"b","logprobs":[\#(b)]}"#))
        #expect(found.response?.contains(Exchange.message("msg_7_0", "ab", logprobs: "\(a),\(b)")) == true)
        #expect(try Exchange.answer(Exchange.streamed, stream).response?.contains("logprob\"") == false)
    }

    @Test func aRefusalIsAPartOfItsOwn() throws {
        let found = try Exchange.answer(
            Exchange.streamed,
            Exchange.chunks([#""delta":{"content":"a"}"#, #""delta":{"refusal":"No."},"finish_reason":"stop""#]))
        #expect(
            found.text.contains(
                #""response.refusal.delta","sequence_number":8,"item_id":"msg_7_0","output_index":0,"content_index":1,"delta":"No."}"#
            ))
        #expect(
            found.response?.contains(
                #""content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"No."}]"#
            ) == true)
    }
}
