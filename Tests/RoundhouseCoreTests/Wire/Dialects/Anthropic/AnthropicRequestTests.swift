import RoundhouseCore
import Testing

@Suite struct AnthropicRequestTests {
    private static let tail = #","max_tokens":64,"stream":true,"stream_options":{"include_usage":true}"#

    /// A request with these messages becomes one with those.
    private func expect(_ messages: String, becomes expected: String) throws {
        #expect(
            try AnthropicExchange.body(#"{"max_tokens":64,"messages":[\#(messages)]}"#)
                == #"{"messages":[\#(expected)]\#(Self.tail)}"#)
    }

    /// Top-level fields beside a message of one word become those.
    private func expect(fields: String, become expected: String) throws {
        #expect(
            try AnthropicExchange.body(
                #"{"max_tokens":64,"messages":[{"role":"user","content":"x"}],\#(fields)}"#)
                == #"{"messages":[{"role":"user","content":"x"}]\#(Self.tail)\#(expected)}"#)
    }

    @Test func severalTurnsWithASystemPrompt() throws {
        #expect(
            try AnthropicExchange.body(
                #"""
                {"model": "gu\"ide", "max_tokens": 64, "system": "Be brief.\n", "stream": true, "messages": [
                  {"role": "user", "content": "Grüß \u00fc 🎉"},
                  {"role": "assistant", "content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]},
                  {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": "b", "citations": null}]}]}
                """#)
                == #"{"messages":[{"role":"system","content":"Be brief.\n"},{"role":"user","content":"Grüß \u00fc 🎉"},"#
                + #"{"role":"assistant","content":"Hello"},{"role":"user","content":"a\nb"}]"# + Self.tail
                + #","model":"gu\"ide"}"#)
        try expect(
            fields: #""system":[{"type":"text","text":""}]"#, become: "")
    }

    @Test func systemPromptsOfBlocksAndInTheMiddle() throws {
        #expect(
            try AnthropicExchange.body(
                #"{"max_tokens":64,"messages":[{"role":"user","content":"x"},{"role":"system","content":"now"}],"system":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#
            )
                == #"{"messages":[{"role":"system","content":"a\nb"},{"role":"user","content":"x"},{"role":"system","content":"now"}]\#(Self.tail)}"#
        )
    }

    @Test func images() throws {
        try expect(
            #"{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBO"}},{"type":"text","text":"What?"},{"type":"image","source":{"type":"url","url":"https://e.x/a.png"}}]}"#,
            becomes:
                #"{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}},{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"https://e.x/a.png"}}]}"#
        )
    }

    @Test func documentsOfTextAndSearchResults() throws {
        try expect(
            #"{"role":"user","content":[{"type":"document","title":"T","context":"C","source":{"type":"text","media_type":"text/plain","data":"D"}},{"type":"document","source":{"type":"content","content":[{"type":"text","text":"E"}]},"citations":{"enabled":false}},{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"r"}]}]}"#,
            becomes: #"{"role":"user","content":"T\nC\nD\nE\nt\ns\nr"}"#)
    }

    @Test func callsAndTheirResults() throws {
        try expect(
            #"""
            {"role":"user","content":"x"},
            {"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"unsigned"},{"type":"redacted_thinking","data":"eA=="},
              {"type":"text","text":"Let me see."},{"type":"tool_use","id":"call_a","name":"f","input":{"z": "ü\n", "a": [1.50]}},
              {"type":"tool_use","id":"call_b","name":"g","input":{}}]},
            {"role":"user","content":[{"type":"text","text":"Go on."},{"type":"tool_result","tool_use_id":"call_a","content":"42"},
              {"type":"tool_result","tool_use_id":"call_b","is_error":true,"content":[{"type":"text","text":"no"},{"type":"text","text":"way"}]},
              {"type":"tool_result","tool_use_id":"call_c"}]}
            """#,
            becomes:
                #"{"role":"user","content":"x"},{"role":"assistant","content":"Let me see.","reasoning_content":"Hm","tool_calls":["#
                + #"{"id":"call_a","type":"function","function":{"name":"f","arguments":"{\"z\": \"ü\\n\", \"a\": [1.50]}"}},"#
                + #"{"id":"call_b","type":"function","function":{"name":"g","arguments":"{}"}}]},"#
                + #"{"role":"tool","tool_call_id":"call_a","content":"42"},"#
                + #"{"role":"tool","tool_call_id":"call_b","content":"Error: no\nway"},"#
                + #"{"role":"tool","tool_call_id":"call_c","content":""},{"role":"user","content":"Go on."}"#)
    }

    @Test func callsAloneAndResultsAlone() throws {
        try expect(
            #"{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{},"caller":{"type":"direct"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"}]}"#,
            becomes:
                #"{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"1"}"#
        )
    }

    @Test func imagesInResultsAreShownByTheUser() throws {
        try expect(
            #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"done"},{"type":"image","source":{"type":"url","url":"u"}}]}]}"#,
            becomes:
                #"{"role":"tool","tool_call_id":"a","content":"done"},{"role":"user","content":[{"type":"text","text":"Images in the result of the tool call a:"},{"type":"image_url","image_url":{"url":"u"}}]}"#
        )
    }

    @Test func toolsKeepTheOrderOfTheirKeys() throws {
        try expect(
            fields:
                #""tools":[{"name":"f","description":"d\"","input_schema":{"type":"object","properties":{"z":{},"a":{}}},"cache_control":{"type":"ephemeral"}},{"type":"custom","name":"g","input_schema":{},"strict":true,"defer_loading":false}]"#,
            become:
                #","tools":[{"type":"function","function":{"name":"f","description":"d\"","parameters":{"type":"object","properties":{"z":{},"a":{}}}}},{"type":"function","function":{"name":"g","parameters":{},"strict":true}}]"#
        )
        try expect(fields: #""tools":[]"#, become: "")
    }

    @Test(arguments: [
        (#"{"type":"auto"}"#, #""auto""#), (#"{"type":"any","disable_parallel_tool_use":false}"#, #""required""#),
        (#"{"type":"none"}"#, #""none""#),
        (
            #"{"type":"tool","name":"f","disable_parallel_tool_use":true}"#,
            #"{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false"#
        ),
    ])
    func choicesOfTools(choice: String, expected: String) throws {
        try expect(fields: #""tool_choice":\#(choice)"#, become: #","tool_choice":\#(expected)"#)
    }

    @Test(arguments: [
        (
            #""stop_sequences":["a","\n"],"temperature":0.70,"top_p":1,"top_k":40"#,
            #","stop":["a","\n"],"temperature":0.70,"top_p":1,"top_k":40"#
        ),
        (#""stop_sequences":[]"#, ""),
        (#""metadata":{"user_id":"u\"1"}"#, #","user":"u\"1""#),
        (#""metadata":{"user_id":"u","feature":"f","a":1}"#, #","user":"u","metadata":{"feature":"f","a":1}"#),
        // What nobody knows may mean something to the engine.
        (#""min_p": 0.1,"x":{"b":[1, 2],"a":null}"#, #","min_p":0.1,"x":{"b":[1, 2],"a":null}"#),
        (#""n":1,"seed":7,"stream_options":{"x":1},"temperature":null"#, #","n":1,"seed":7"#),
        (
            #""service_tier":"auto","cache_control":{"type":"ephemeral"},"context_management":{"edits":[]},"container":null,"mcp_servers":[]"#,
            ""
        ),
        (
            #""output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}"#,
            #","response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object"}}}"#
        ),
        (
            #""output_format":{"type":"json_schema","schema":{"b":1,"a":2}}"#,
            #","response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"b":1,"a":2}}}"#
        ),
    ])
    func otherFields(fields: String, expected: String) throws {
        try expect(fields: fields, become: expected)
    }

    @Test(arguments: [
        (#""thinking":{"type":"disabled"}"#, #","chat_template_kwargs":{"enable_thinking":false}"#),
        (#""thinking":{"type":"adaptive"}"#, #","chat_template_kwargs":{"enable_thinking":true}"#),
        (
            #""thinking":{"type":"enabled","budget_tokens":1024}"#,
            #","chat_template_kwargs":{"enable_thinking":true},"reasoning_effort":"low","thinking_budget_tokens":1024"#
        ),
        (
            #""thinking":{"type":"enabled","budget_tokens":4096}"#,
            #","chat_template_kwargs":{"enable_thinking":true},"reasoning_effort":"medium","thinking_budget_tokens":4096"#
        ),
        (
            #""thinking":{"type":"enabled","budget_tokens":16000},"output_config":{"effort":"low"}"#,
            #","chat_template_kwargs":{"enable_thinking":true},"reasoning_effort":"low","thinking_budget_tokens":16000"#
        ),
        (#""output_config":{"effort":"max"}"#, #","reasoning_effort":"high""#),
        // What a client says in the engine's words counts more.
        (
            #""thinking":{"type":"enabled","budget_tokens":16000},"reasoning_effort":"minimal","chat_template_kwargs":{"a":1,"enable_thinking":false},"thinking_budget_tokens":5"#,
            #","reasoning_effort":"minimal","thinking_budget_tokens":5,"chat_template_kwargs":{"a":1,"enable_thinking":false}"#
        ),
        (
            #""thinking":{"type":"adaptive"},"chat_template_kwargs":{"a":1}"#,
            #","chat_template_kwargs":{"enable_thinking":true,"a":1}"#
        ),
        (#""chat_template_kwargs":{"a":1}"#, #","chat_template_kwargs":{"a":1}"#),
    ])
    func thinking(fields: String, expected: String) throws {
        try expect(fields: fields, become: expected)
    }

    @Test func whatIsMadeIsValid() throws {
        let body = try AnthropicExchange.body(
            #"{"max_tokens":1,"messages":[{"role":"user","content":"\u2028\ud83c\udf89"}],"tools":[{"name":"f","input_schema":{}}],"tool_choice":{"type":"any","disable_parallel_tool_use":true},"thinking":{"type":"enabled","budget_tokens":2000},"metadata":{"user_id":"u"},"a":[]}"#
        )
        _ = try FoundationJSON.value(Array(body.utf8))
        let envelope = try Array(body.utf8).withUnsafeBytes { try RequestEnvelope.scan($0) }
        #expect(envelope.stream && envelope.includeUsage == true && envelope.maxTokens == 1 && envelope.hasTools)
    }

    @Test func aCountHasNoAnswer() throws {
        let body = #"{"model":"m","messages":[{"role":"user","content":"x"}],"system":"s","tools":[]}"#
        let found = try Array(body.utf8).withUnsafeBytes { try AnthropicMessages().countRequest($0) }
        #expect(
            String(decoding: found, as: UTF8.self)
                == #"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"x"}],"model":"m"}"#)
        #expect(AnthropicMessages().countAnswer(tokens: 2095) == Array(#"{"input_tokens":2095}"#.utf8))
        #expect(AnthropicMessages().countAnswer(tokens: 3) == Array(#"{"input_tokens":3}"#.utf8))
    }
}
