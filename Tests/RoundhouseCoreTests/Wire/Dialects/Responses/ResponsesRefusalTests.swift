import RoundhouseCore
import Testing

@Suite struct ResponsesRefusalTests {
    private typealias Exchange = ResponsesExchange

    @Test(arguments: [
        (#""store":true"#, "store", "responses are not stored here"),
        (#""previous_response_id":"resp_1""#, "previous_response_id", "Send the whole conversation in \"input\""),
        (#""conversation":{"id":"c"}"#, "conversation", "Send all of it in \"input\""),
        (#""background":true"#, "background", "while its client waits for it"),
        (#""truncation":"auto""#, "truncation", "must be \"disabled\" or left out"),
        (#""prompt":{"id":"p"}"#, "prompt", "stored at OpenAI"),
        (#""moderation":{"model":"m"}"#, "moderation", "Leave it out"),
        (#""context_management":[{"type":"compaction"}]"#, "context_management", "engines do not compact"),
        (#""messages":[]"#, "messages", "belongs to /v1/chat/completions"),
        (#""n":2"#, "n", "a response is one answer"),
        (#""stream":"yes""#, "stream", "must be true or false, and is a string"),
        (#""max_output_tokens":0"#, "max_output_tokens", "must be at least 1, and is 0"),
        (#""max_output_tokens":5,"max_tokens":6"#, "max_tokens", "says the same as \"max_output_tokens\""),
        (#""text":{"format":{"type":"json_object"}},"response_format":{}"#, "response_format", "\"text.format\""),
        (#""include":["x"]"#, "include[0]", "is not known here"),
        (#""metadata":{"a":1}"#, "metadata.a", "must be a string, and is a number"),
        (#""text":{"format":{"type":"grammar"}}"#, "text.format.type", "and is \"grammar\""),
        (#""text":{"format":{"type":"json_schema","name":"n"}}"#, "text.format.schema", "is missing"),
        (#""text":{"tone":"x"}"#, "text.tone", "cannot be told to an engine"),
        (#""reasoning":{"effort":"huge"}"#, "reasoning.effort", "must be one of none, minimal, low"),
        (#""reasoning":{"mode":"pro"}"#, "reasoning.mode", "engines here have no other"),
        (#""reasoning":{"context":"all_turns"}"#, "reasoning.context", "thoughts of earlier turns are left out"),
        (#""tool_choice":"required""#, "tool_choice", "the request has no \"tools\""),
        (#""tool_choice":"any""#, "tool_choice", "and is \"any\""),
        (#""tool_choice":{"type":"allowed_tools","mode":"auto","tools":[]}"#, "tool_choice.type", "Send only those"),
        (#""tools":[{"type":"function","function":{"name":"f"}}]"#, "tools[0].name", "stands beside its type"),
        (#""tools":[{"type":"function","name":"f","defer_loading":true}]"#, "tools[0].defer_loading", "Leave it out"),
    ])
    func fields(_ fields: String, _ parameter: String, _ words: String) throws {
        let error = try Exchange.refusal(#"{"input":"x",\#(fields)}"#)
        #expect(error.parameter == parameter)
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test(arguments: [
        "web_search", "web_search_preview", "file_search", "computer", "computer_use_preview", "code_interpreter",
        "mcp",
        "image_generation", "local_shell", "custom", "apply_patch",
    ])
    func toolsOfOpenAIsOwn(_ type: String) throws {
        let error = try Exchange.refusal(#"{"input":"x","tools":[{"type":"\#(type)"}]}"#)
        #expect(
            error.message
                == #""tools[0].type" is "\#(type)", a tool that only OpenAI has. Engines here call functions alone (type "function"), which the client runs."#
        )
        #expect(error.parameter == "tools[0].type")
        #expect(
            try Exchange.refusal(#"{"input":"x","tool_choice":{"type":"\#(type)"}}"#).parameter == "tool_choice.type")
    }

    @Test(arguments: [
        (#"{"type":"item_reference","id":"msg_1"}"#, "input[0].id", "Send the item itself"),
        (#"{"id":"msg_1"}"#, "input[0].id", "Send the item itself"),
        (#"{"type":"web_search_call","id":"ws"}"#, "input[0].type", "is \"web_search_call\", an item of a tool"),
        (#"{"role":"robot","content":"x"}"#, "input[0].role", "and is \"robot\""),
        (#"{"role":"user"}"#, "input[0].content", "is missing"),
        (#"{"role":"user","content":7}"#, "input[0].content", "must be an array, and is a number"),
        (#"{"role":"user","content":"x","name":"n"}"#, "input[0].name", "cannot be told to an engine"),
        (#"{"role":"user","content":[7]}"#, "input[0].content[0]", "must be an object, and is a number"),
        (
            #"{"role":"user","content":[{"type":"input_file","file_id":"f"}]}"#, "input[0].content[0].type",
            "Send the file's text"
        ),
        (
            #"{"role":"user","content":[{"type":"input_image","file_id":"f"}]}"#, "input[0].content[0].file_id",
            "files are not stored here"
        ),
        (
            #"{"role":"user","content":[{"type":"input_image"}]}"#, "input[0].content[0].image_url",
            "as a data: or https: URL"
        ),
        (#"{"role":"user","content":[{"type":"video"}]}"#, "input[0].content[0].type", "is \"video\""),
        (
            #"{"role":"system","content":[{"type":"input_image","image_url":"data:x"}]}"#, "input[0].content",
            "may hold only texts"
        ), (#"{"type":"function_call","name":"f","arguments":"{}"}"#, "input[0].call_id", "is missing"),
        (
            #"{"type":"function_call","call_id":"c","name":"f","arguments":{}}"#, "input[0].arguments",
            "must be a string"
        ),
        (#"{"type":"function_call_output","call_id":"c"}"#, "input[0].output", "is missing"),
        ("7", "input[0]", "must be an object"),
    ])
    func items(_ item: String, _ parameter: String, _ words: String) throws {
        let error = try Exchange.refusal(#"{"input":[\#(item)]}"#)
        #expect(error.parameter == parameter)
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test(arguments: [
        (#"{"model":"m"}"#, "is missing"), (#"{"input":[]}"#, "is empty"), (#"{"input":{}}"#, "must be an array"),
        (#"{"input":null}"#, "is missing"),
    ])
    func noInput(_ request: String, _ words: String) throws {
        let error = try Exchange.refusal(request)
        #expect(error.parameter == "input")
        #expect(error.message.contains(words), "\(error.message)")
    }
}
