import RoundhouseCore
import Testing

@Suite struct AnthropicRefusalTests {
    private func refusal(_ body: String, counting: Bool = false) -> EnvelopeError? {
        Array(body.utf8).withUnsafeBytes { bytes -> EnvelopeError? in
            do throws(EnvelopeError) {
                if counting {
                    _ = try AnthropicMessages().countRequest(bytes)
                } else {
                    _ = try AnthropicMessages().request(bytes, model: "guide")
                }
                return nil
            } catch {
                return error
            }
        }
    }

    private func expect(_ fields: String, isRefusedAt path: String, _ why: String) {
        let body = "{\(fields)}"
        let error = refusal(body)
        #expect(error?.message == "\(path): \(why)")
        #expect(error?.parameter == path)
        #expect(error.map { $0.offset < body.utf8.count } == true)
    }

    private func expect(user block: String, isRefusedAt path: String, _ why: String) {
        expect(
            #""max_tokens":9,"messages":[{"role":"user","content":[\#(block)]}]"#,
            isRefusedAt: "messages.0.content.0" + path, why)
    }

    private func expect(field: String, isRefusedAt path: String, _ why: String) {
        expect(
            #""max_tokens":9,"messages":[{"role":"user","content":"x"}],\#(field)"#, isRefusedAt: path, why)
    }

    @Test func whatMustBeThere() {
        expect(#""messages":[{"role":"user","content":"x"}]"#, isRefusedAt: "max_tokens", "Field required")
        expect(
            #""max_tokens":null,"messages":[{"role":"user","content":"x"}]"#, isRefusedAt: "max_tokens",
            "Field required")
        expect(#""max_tokens":9"#, isRefusedAt: "messages", "Field required")
        expect(#""max_tokens":9,"messages":[]"#, isRefusedAt: "messages", "at least one message is required")
        expect(#""max_tokens":9,"messages":[{"content":"x"}]"#, isRefusedAt: "messages.0.role", "Field required")
        expect(#""max_tokens":9,"messages":[{"role":"user"}]"#, isRefusedAt: "messages.0.content", "Field required")
        expect(
            #""max_tokens":9,"messages":[{"role":"user","content":"x"},{"role":"user","content":[]}]"#,
            isRefusedAt: "messages.1.content", "user messages must have non-empty content")
        expect(field: #""tools":[{"name":"f"}]"#, isRefusedAt: "tools.0.input_schema", "Field required")
        expect(
            field: #""thinking":{"type":"enabled"}"#, isRefusedAt: "thinking.budget_tokens", "Field required")
        expect(user: #"{"type":"tool_result"}"#, isRefusedAt: ".tool_use_id", "Field required")
        expect(user: #"{"text":"x"}"#, isRefusedAt: ".type", "Field required")
    }

    @Test func whatHasAWrongKind() {
        let messages = #""messages":[{"role":"user","content":"x"}]"#
        expect(#""max_tokens":"9",\#(messages)"#, isRefusedAt: "max_tokens", "Input should be a whole number")
        expect(#""max_tokens":1.5,\#(messages)"#, isRefusedAt: "max_tokens", "Input should be a whole number")
        expect(
            #""max_tokens":0,\#(messages)"#, isRefusedAt: "max_tokens", "Input should be greater than or equal to 1")
        expect(#""max_tokens":9,"messages":"x""#, isRefusedAt: "messages", "Input should be a list")
        expect(#""max_tokens":9,"messages":["x"]"#, isRefusedAt: "messages.0", "Input should be an object")
        expect(
            #""max_tokens":9,"messages":[{"role":"tool","content":"x"}]"#, isRefusedAt: "messages.0.role",
            "Input should be \"user\", \"assistant\" or \"system\"")
        expect(
            #""max_tokens":9,"messages":[{"role":"user","content":7}]"#, isRefusedAt: "messages.0.content",
            "Input should be a list")
        expect(field: #""stop_sequences":["a",7]"#, isRefusedAt: "stop_sequences.1", "Input should be a valid string")
        expect(field: #""stop_sequences":[""]"#, isRefusedAt: "stop_sequences.0", "A stop sequence must not be empty")
        expect(field: #""stream":"yes""#, isRefusedAt: "stream", "Input should be true or false")
        expect(field: #""metadata":{"user_id":7}"#, isRefusedAt: "metadata.user_id", "Input should be a valid string")
        expect(
            field: #""tool_choice":{"type":"some"}"#, isRefusedAt: "tool_choice.type",
            "Input should be \"auto\", \"any\", \"tool\" or \"none\"")
        expect(
            field: #""thinking":{"type":"between_tools"}"#, isRefusedAt: "thinking.type",
            "Input should be \"enabled\", \"adaptive\" or \"disabled\"")
        expect(
            #""max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":"{}"}]}]"#,
            isRefusedAt: "messages.0.content.0.input", "Input should be an object")
    }

    @Test func whatEnginesCannotDo() {
        expect(
            field: #""tools":[{"type":"web_search_20250305","name":"web_search"}]"#, isRefusedAt: "tools.0.type",
            "\"web_search_20250305\" is a tool of Anthropic's own, which engines here do not have. Describe tools of yours "
                + "with name, description and input_schema.")
        expect(
            field: #""mcp_servers":[{}]"#, isRefusedAt: "mcp_servers",
            "Engines here do not call MCP servers. Call them from the client and give their tools as tools.")
        expect(
            field: #""container":"c""#, isRefusedAt: "container",
            "There are no containers here in which code or skills could run. Leave it out.")
        expect(
            field: #""inference_geo":"us""#, isRefusedAt: "inference_geo",
            "Where a model runs is decided in its file here, not by a request. Leave it out.")
        expect(field: #""n":2"#, isRefusedAt: "n", "An answer has one message here. Leave it out.")
        expect(
            field: #""system":[{"type":"image","source":{}}]"#, isRefusedAt: "system.0",
            "A system prompt consists of blocks of type \"text\" alone.")
        expect(
            user: #"{"type":"container_upload","file_id":"f"}"#, isRefusedAt: "",
            "Blocks of type \"container_upload\" cannot be given to an engine here; text, image, document (of text), "
                + "search_result, tool_use, tool_result and thinking can.")
        expect(
            user: #"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":""}}"#,
            isRefusedAt: ".source",
            "Documents that are files (type \"base64\") cannot be given to an engine here. Send their text (type \"text\"), "
                + "or images of their pages.")
        expect(
            user: #"{"type":"document","citations":{"enabled":true},"source":{"type":"text","data":"x"}}"#,
            isRefusedAt: ".citations", "Engines here do not cite. Leave citations out.")
        expect(
            user: #"{"type":"image","source":{"type":"file","file_id":"f"}}"#, isRefusedAt: ".source",
            "Images of type \"file\" are not stored here. Send them as base64 or url.")
        expect(
            #""max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"server_tool_use"}]}]"#,
            isRefusedAt: "messages.0.content.0",
            "Blocks of type \"server_tool_use\" cannot be given to an engine here as what the assistant said; text, "
                + "thinking and tool_use can.")
    }

    @Test func whatNobodyKnowsInsideOfWhatIsTranslatedIsNotLostUnnoticed() {
        let why = "Roundhouse cannot tell an engine what this field asks for. Leave it out."
        expect(user: #"{"type":"text","text":"x","loud":true}"#, isRefusedAt: ".loud", why)
        expect(
            user: #"{"type":"image","transformations":{},"source":{"type":"url","url":"u"}}"#,
            isRefusedAt: ".transformations", why)
        expect(field: #""tools":[{"name":"f","input_schema":{},"x":1}]"#, isRefusedAt: "tools.0.x", why)
        expect(field: #""output_config":{"x":1}"#, isRefusedAt: "output_config.x", why)
    }

    @Test func whatIsSaidTwiceIsRefused() {
        func why(_ name: String) -> String {
            "The request says twice what an engine is told as \"\(name)\". Leave one out."
        }
        expect(field: #""stop_sequences":["a"],"stop":"b""#, isRefusedAt: "stop", why("stop"))
        expect(field: #""stop":"b","stop_sequences":["a"]"#, isRefusedAt: "stop_sequences", why("stop"))
        expect(field: #""user":"a","metadata":{"user_id":"b"}"#, isRefusedAt: "metadata.user_id", why("user"))
        expect(field: #""top_k":1,"top_k":2"#, isRefusedAt: "top_k", why("top_k"))
        expect(
            field: #""parallel_tool_calls":true,"tool_choice":{"type":"any","disable_parallel_tool_use":true}"#,
            isRefusedAt: "tool_choice.disable_parallel_tool_use", why("parallel_tool_calls"))
        expect(
            field: #""response_format":{},"output_config":{"format":{"type":"json_schema","schema":{}}}"#,
            isRefusedAt: "output_config.format", why("response_format"))
    }

    @Test func countsAreCheckedAlike() {
        #expect(refusal(#"{"messages":[{"role":"user","content":"x"}]}"#, counting: true) == nil)
        #expect(refusal("{}", counting: true)?.message == "messages: Field required")
    }

    @Test(arguments: ["", "[]", "{", "{}x", #"{"messages":[}"#, "{\"a\":\"\u{1}\"}"])
    func whatIsNoObjectIsRefused(body: String) {
        #expect(refusal(body) != nil)
    }
}
