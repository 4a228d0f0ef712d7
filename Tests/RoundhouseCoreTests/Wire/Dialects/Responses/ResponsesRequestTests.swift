import RoundhouseCore
import Testing

@Suite struct ResponsesRequestTests {
    private typealias Exchange = ResponsesExchange

    @Test func aText() throws {
        #expect(
            try Exchange.body(#"{"model":"m","input":"Grüß \"Gott\"","instructions":"Be kind."}"#)
                == #"{"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Grüß \"Gott\""}],"model":"m"}"#
        )
    }

    @Test func turns() throws {
        let input = #"""
            [{"role":"developer","content":"D"},
             {"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]},
             {"id":"rs_1","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm"}],"status":"completed"},
             {"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"c","annotations":[],"logprobs":[]}]},
             {"role":"system","content":"S"},{"role":"assistant","content":"d"},{"role":"user","content":"e"}]
            """#
        #expect(
            try Exchange.messages(input, more: #","instructions":"I""#)
                == #"[{"role":"system","content":"I\n\nD"},{"role":"user","content":"a\nb"},{"role":"assistant","content":"c"},{"role":"system","content":"S"},{"role":"assistant","content":"d"},{"role":"user","content":"e"}]"#
        )
    }

    @Test func pictures() throws {
        let input =
            #"[{"role":"user","content":[{"type":"input_text","text":"what?"},{"type":"input_image","image_url":"data:image/png;base64,AA==","detail":"low"},{"type":"input_image","image_url":"https://x/y","detail":"auto"}]}]"#
        #expect(
            try Exchange.messages(input)
                == #"[{"role":"user","content":[{"type":"text","text":"what?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}},{"type":"image_url","image_url":{"url":"https://x/y"}}]}]"#
        )
    }

    @Test func sound() throws {
        #expect(
            try Exchange.messages(
                #"[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}]"#)
                == #"[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}]"#)
    }

    @Test func callsAndResults() throws {
        let input = #"""
            [{"role":"user","content":"q"},{"role":"assistant","content":"I look."},
             {"type":"function_call","id":"fc_1","call_id":"c0","name":"f","arguments":"{\"a\":1}","status":"completed"},
             {"type":"function_call","call_id":"c1","name":"g","arguments":"{}"},
             {"type":"function_call_output","call_id":"c0","output":"one"},
             {"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"two"},{"type":"input_image","image_url":"data:x"}]},
             {"type":"function_call","call_id":"c2","name":"f","arguments":""},{"type":"function_call_output","call_id":"c2","output":""}]
            """#
        #expect(
            try Exchange.messages(input)
                == #"[{"role":"user","content":"q"},{"role":"assistant","content":"I look.","tool_calls":[{"id":"c0","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c1","type":"function","function":{"name":"g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c0","content":"one"},{"role":"tool","tool_call_id":"c1","content":"two"},{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:x"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c2","type":"function","function":{"name":"f","arguments":""}}]},{"role":"tool","tool_call_id":"c2","content":""}]"#
        )
    }

    @Test(arguments: [
        (
            #""tools":[{"type":"function","name":"f","description":"d","parameters":{"z":1,"a":{}},"strict":true},{"type":"function","name":"g","parameters":null,"strict":null}]"#,
            #""tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"z":1,"a":{}},"strict":true}},{"type":"function","function":{"name":"g"}}]"#
        ),
        (
            #""tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false"#,
            #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false"#
        ),
        (
            #""tools":[{"type":"function","name":"f"}],"tool_choice":"required""#,
            #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required""#
        ),
        (
            #""text":{"format":{"type":"json_schema","name":"n","schema":{"z":1,"a":2},"strict":true},"verbosity":"low"}"#,
            #""verbosity":"low","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"z":1,"a":2},"strict":true}}"#
        ),
        (#""text":{"format":{"type":"json_object"}}"#, #""response_format":{"type":"json_object"}"#),
        (#""reasoning":{"effort":"minimal","summary":"auto"}"#, #""reasoning_effort":"minimal""#),
        (#""reasoning":{"effort":"xhigh"}"#, #""reasoning_effort":"high""#),
        (
            #""reasoning":{"effort":"none"},"chat_template_kwargs":{"thinking":true,"x":1}"#,
            #""reasoning_effort":"none","chat_template_kwargs":{"thinking":true,"x":1,"enable_thinking":false}"#
        ),
        (#""max_output_tokens":5"#, #""max_tokens":5"#), (#""top_logprobs":2"#, #""logprobs":true,"top_logprobs":2"#),
        (#""include":["message.output_text.logprobs"]"#, #""logprobs":true"#),
        // What engines may know goes on as it is.
        (
            #""temperature":0.50,"top_p":1e0,"user":"u","top_k":40,"seed":7,"stop":["x"],"grammar":{"b":1, "a":2}"#,
            #""temperature":0.50,"top_p":1e0,"user":"u","top_k":40,"seed":7,"stop":["x"],"grammar":{"b":1, "a":2}"#
        ), (#""max_tokens":5,"response_format":{"a":1}"#, #""max_tokens":5,"response_format":{"a":1}"#),
    ])
    func settings(_ own: String, _ chat: String) throws {
        #expect(
            try Exchange.body(#"{"input":"x",\#(own)}"#) == #"{"messages":[{"role":"user","content":"x"}],\#(chat)}"#)
    }

    /// What says nothing that an engine would have to do.
    @Test(arguments: [
        #""store":false,"background":false,"truncation":"disabled","previous_response_id":null,"conversation":null,"n":1"#,
        #""text":{"format":{"type":"text"}},"reasoning":{"effort":null,"summary":"detailed","mode":"standard"},"tools":[]"#,
        #""tool_choice":"auto","parallel_tool_calls":true,"metadata":{"a":"b"},"stream_options":{"include_obfuscation":false}"#,
        #""include":["reasoning.encrypted_content","file_search_call.results"],"max_tool_calls":3,"context_management":[]"#,
        #""prompt_cache_options":{"mode":"implicit"},"temperature":null,"max_output_tokens":null,"top_logprobs":0"#,
    ])
    func hints(_ fields: String) throws {
        #expect(
            try Exchange.body(#"{"input":"x",\#(fields)}"#) == #"{"messages":[{"role":"user","content":"x"}]}"#)
    }

    @Test func formsOfAnswers() throws {
        #expect(try Exchange.translate(Exchange.plain).answer.output == .object)
        #expect(try Exchange.translate(Exchange.streamed).answer.output == .events)
    }
}
