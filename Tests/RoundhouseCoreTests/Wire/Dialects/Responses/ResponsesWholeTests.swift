import Foundation
import RoundhouseCore
import Testing

@Suite struct ResponsesWholeTests {
    private typealias Exchange = ResponsesExchange

    @Test func oneObject() throws {
        let found = try Exchange.answer(
            Exchange.plain,
            Exchange.chunks(
                [
                    #""delta":{"reasoning":"hm"}"#, #""delta":{"content":"a"}"#,
                    #""delta":{"content":"b"},"finish_reason":"stop""#,
                ],
                usage: #"{"prompt_tokens":1,"completion_tokens":2}"#))
        let output = Exchange.thoughts("rs_7_0", "hm") + "," + Exchange.message("msg_7_1", "ab")
        #expect(
            found.text == Exchange.response(Exchange.completed, output: output, usage: Exchange.usage(1, 0, 2)))
        #expect(found.response == found.text && found.isWhole)
    }

    @Test func callsThatCameInOnePieceEach() throws {
        func call(_ id: String) -> String {
            #""delta":{"tool_calls":[{"index":0,"id":"\#(id)","function":{"name":"f","arguments":"{}"}}]}"#
        }
        let found = try Exchange.answer(
            Exchange.plain, Exchange.chunks([call("c0"), call("c1"), #""delta":{},"finish_reason":"stop""#]))
        let output = Exchange.call("fc_7_0", "c0", "f", "{}") + "," + Exchange.call("fc_7_1", "c1", "f", "{}")
        #expect(found.text == Exchange.response(Exchange.completed, output: output))
    }

    @Test func aCallWithoutAnIDGetsOne() throws {
        let found = try Exchange.answer(
            Exchange.plain,
            Exchange.chunks([
                #""delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{"}}]},"finish_reason":"length""#
            ]))
        let output = Exchange.call("fc_7_0", "call_7_0", "f", "{", status: "incomplete")
        #expect(found.text == Exchange.response(Exchange.cut, output: output))
    }

    /// Engines that say neither when an answer was made nor what it is called.
    @Test func theMomentIsTakenWhereTheEngineSaysNone() throws {
        let found = try Exchange.answer(
            Exchange.plain, #"data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#)
        #expect(found.text.hasPrefix(#"{"id":"resp_1797"#))
        #expect(found.text.contains(#""object":"response","created_at":1700000000,"#))
        #expect(found.isWhole)
    }

    @Test func whatTheRequestSaidIsRepeatedInOneLine() throws {
        let request = """
            {"model":"m","input":"x","stream":true,"instructions":"be\\nkind","temperature":0.50,"top_p":1,
             "metadata":{"feature":"é"},"tools":[{"type":"function","name":"f",\r\n"parameters":{"z":1,"a":2}}],
             "tool_choice":"none","parallel_tool_calls":false,"max_output_tokens":5,"user":"u",
             "reasoning":{"effort":"low"},"text":{"verbosity":"low"}}
            """
        let stream = Exchange.chunks([#""delta":{"content":"a"},"finish_reason":"stop""#])
        let response = try #require(try Exchange.answer(request, stream).response)
        #expect(!response.contains("\n") && !response.contains("\r"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(response.utf8)) as? [String: Any])
        #expect(object["instructions"] as? String == "be\nkind")
        #expect(object["metadata"] as? [String: String] == ["feature": "é"])
        #expect(object["parallel_tool_calls"] as? Bool == false)
        #expect(object["max_output_tokens"] as? Int == 5)
        #expect(object["user"] as? String == "u")
        for text in [
            #""temperature":0.50,"#, #""tool_choice":"none","#, #""reasoning":{"effort":"low"}"#,
            #""parameters":{"z":1,"a":2}"#,
            #""text":{"verbosity":"low"}"#, #""store":false"#,
        ] { #expect(response.contains(text), "\(text)") }
    }
}
