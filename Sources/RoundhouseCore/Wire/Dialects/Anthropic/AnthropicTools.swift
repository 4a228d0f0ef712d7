/// Writes tools, and which of them is to be used, in OpenAI's terms.
enum AnthropicTools {
    /// The value of `tools`. Of a tool, `cache_control`, `defer_loading`, `eager_input_streaming`, `input_examples` and `allowed_callers`
    /// are hints: how a prompt is kept, when a description is shown, how an answer is cut.
    static func append(tools: RequestValue, to body: inout [UInt8]) throws(EnvelopeError) {
        body.append(UInt8(ascii: "["))
        for (index, element) in try tools.elements().enumerated() {
            let tool = try element.object()
            if index > 0 { body.append(UInt8(ascii: ",")) }
            if let type = tool["type"], try !type.text().equals("custom") {
                throw type.error(
                    "\"\(String(decoding: try type.text(), as: UTF8.self))\" is a tool of Anthropic's own, which engines here "
                        + "do not have. Describe tools of yours with name, description and input_schema.")
            }
            try tool.allow(
                "type", "name", "description", "input_schema", "strict", "cache_control", "defer_loading",
                "eager_input_streaming", "input_examples", "allowed_callers")
            body.append(constant: #"{"type":"function","function":{"name":"#)
            body.append(quoted: try tool.required("name").text())
            if let description = tool["description"] {
                body.append(constant: #","description":"#)
                body.append(quoted: try description.text())
            }
            body.append(constant: #","parameters":"#)
            body += try tool.required("input_schema").object().value.raw
            if let strict = tool["strict"] {
                body.append(constant: #","strict":"#)
                body.append(constant: try strict.truth() ? "true" : "false")
            }
            body.append(constant: "}}")
        }
        body.append(UInt8(ascii: "]"))
    }

    /// The value of `tool_choice`.
    static func append(_ choice: RequestObject, to body: inout [UInt8]) throws(EnvelopeError) {
        try choice.allow("type", "name", "disable_parallel_tool_use")
        let type = try choice.required("type")
        if try type.text().equals("auto") {
            body.append(constant: #""auto""#)
        } else if try type.text().equals("any") {
            body.append(constant: #""required""#)
        } else if try type.text().equals("none") {
            body.append(constant: #""none""#)
        } else if try type.text().equals("tool") {
            body.append(constant: #"{"type":"function","function":{"name":"#)
            body.append(quoted: try choice.required("name").text())
            body.append(constant: "}}")
        } else {
            throw type.error("Input should be \"auto\", \"any\", \"tool\" or \"none\"")
        }
    }
}
