/// Functions that a model may call. In Responses they are flat, in chats they stand in an object of their own.
enum ResponsesTools {
    /// Writes `tools`, `tool_choice` and `parallel_tool_calls`. The last two mean nothing without tools, and some engines refuse them then.
    static func write(_ fields: JSONFields, into request: inout JSONObjectWriter) throws(EnvelopeError) {
        var tools: [[UInt8]] = []
        for (index, element) in try fields.elements("tools").enumerated() {
            tools.append(try tool(try fields.object(element, at: index, of: "tools")))
        }
        let choice = try choice(fields)
        let isParallel = try fields.flag("parallel_tool_calls")
        guard !tools.isEmpty else {
            guard choice.isOptional else {
                throw fields.error("tool_choice", "asks for a call of a tool, and the request has no \"tools\"")
            }
            return
        }
        request.add("tools", elements: tools)
        if let choice = choice.text { request.add("tool_choice", raw: choice) }
        if let isParallel { request.add("parallel_tool_calls", isParallel) }
    }

    private static func tool(_ tool: JSONFields) throws(EnvelopeError) -> [UInt8] {
        let type = try tool.required("type", try tool.string("type"))
        guard type == "function" else { throw tool.error("type", unknown(type)) }
        guard let name = try tool.content("name") else {
            throw tool.error("name", "is missing: here a function's name stands beside its type, not in \"function\"")
        }
        try tool.allow(["type", "name", "description", "parameters", "strict"])
        var function = JSONObjectWriter()
        function.add("name", raw: JSONText.quote(name))
        if let text = try tool.content("description") { function.add("description", raw: JSONText.quote(text)) }
        if try tool.object("parameters") != nil, let schema = tool["parameters"] {
            function.add("parameters", raw: tool.raw(schema))
        }
        if let strict = try tool.flag("strict") { function.add("strict", strict) }
        var nested = JSONObjectWriter()
        nested.add("type", "function")
        nested.add("function", raw: function.text)
        return nested.text
    }

    private static func unknown(_ type: String) -> String {
        "is \(type.quotedForMessage), a tool that only OpenAI has. Engines here call functions alone (type \"function\"), "
            + "which the client runs"
    }

    /// The choice as chats have it, and whether the model may go without a call.
    private static func choice(_ fields: JSONFields) throws(EnvelopeError) -> (text: [UInt8]?, isOptional: Bool) {
        guard let field = fields["tool_choice"] else { return (nil, true) }
        if field.kind == .string {
            let word = fields.text(field)
            guard ["auto", "none", "required"].contains(word) else {
                throw fields.error(
                    "tool_choice",
                    "must be \"auto\", \"none\", \"required\" or an object, and is \(word.quotedForMessage)")
            }
            return (JSONText.quoted(word), word != "required")
        }
        guard let choice = try fields.object("tool_choice") else { return (nil, true) }
        switch try choice.required("type", try choice.string("type")) {
        case "function":
            try choice.allow(["type", "name"])
            let name = try choice.required("name", try choice.content("name"))
            return (
                Array(#"{"type":"function","function":{"name":"#.utf8) + JSONText.quote(name) + Array("}}".utf8), false
            )
        case "allowed_tools":
            throw choice.error("type", "is \"allowed_tools\", which engines do not know. Send only those in \"tools\"")
        case let type: throw choice.error("type", unknown(type))
        }
    }

    /// A call that the assistant made, as it stands in a chat's message.
    static func call(_ item: JSONFields) throws(EnvelopeError) -> [UInt8] {
        var function = JSONObjectWriter()
        function.add("name", raw: JSONText.quote(try item.required("name", try item.content("name"))))
        function.add("arguments", raw: JSONText.quote(try item.required("arguments", try item.content("arguments"))))
        var call = JSONObjectWriter()
        call.add("id", raw: JSONText.quote(try item.required("call_id", try item.content("call_id"))))
        call.add("type", "function")
        call.add("function", raw: function.text)
        return call.text
    }
}
