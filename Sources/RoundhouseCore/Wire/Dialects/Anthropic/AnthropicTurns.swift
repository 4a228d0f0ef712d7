/// Writes the turns of a conversation as OpenAI's messages.
struct AnthropicTurns {
    /// The messages so far, with commas between them.
    private(set) var messages: [UInt8] = []

    /// What stands before the conversation: a text, or blocks of text.
    mutating func add(system: RequestValue) throws(EnvelopeError) {
        let parts = try Self.texts(system)
        guard !parts.text.isEmpty else { return }
        begin("system")
        messages.append(constant: #","content":"#)
        parts.append(to: &messages)
        end()
    }

    mutating func add(_ message: RequestObject) throws(EnvelopeError) {
        try message.allow("role", "content")
        let role = try message.required("role")
        let content = try message.required("content")
        if try role.text().equals("user") {
            try add(user: content)
        } else if try role.text().equals("assistant") {
            try add(assistant: content)
        } else if try role.text().equals("system") {
            try add(system: content)
        } else {
            throw role.error("Input should be \"user\", \"assistant\" or \"system\"")
        }
    }

    /// Results of tools become messages of their own, in front of whatever else is said, as OpenAI's order demands.
    private mutating func add(user content: RequestValue) throws(EnvelopeError) {
        var said = AnthropicParts()
        var hasResults = false
        if content.kind == .string {
            said.add(text: try content.text())
        } else {
            for element in try content.elements() {
                let block = try element.object()
                if try block.required("type").text().equals("tool_result") {
                    hasResults = true
                    try add(result: block, images: &said)
                } else {
                    try said.add(block)
                }
            }
        }
        guard !said.isEmpty else {
            if hasResults { return }
            throw content.error("user messages must have non-empty content")
        }
        begin("user")
        messages.append(constant: #","content":"#)
        said.append(to: &messages)
        end()
    }

    /// OpenAI's messages of tools hold text alone: images go into what the user says next. That it is an error is said in words.
    private mutating func add(result block: RequestObject, images said: inout AnthropicParts) throws(EnvelopeError) {
        try block.allow("type", "tool_use_id", "content", "is_error", "cache_control", "toolset_name")
        let id = try block.required("tool_use_id").text()
        var result = AnthropicParts()
        if let content = block["content"] {
            if content.kind == .string {
                result.add(text: try content.text())
            } else {
                for part in try content.elements() { try result.add(try part.object()) }
            }
        }
        begin("tool")
        messages.append(constant: #","tool_call_id":"#)
        messages.append(quoted: id)
        messages.append(constant: #","content":""#)
        if try block["is_error"]?.truth() == true { messages.append(constant: "Error: ") }
        messages += result.text
        messages.append(constant: "\"")
        end()
        if !result.images.isEmpty {
            said.add(text: Array("Images in the result of the tool call ".utf8) + Array(id) + Array(":".utf8))
            said.add(result.images)
        }
    }

    private mutating func add(assistant content: RequestValue) throws(EnvelopeError) {
        var said: [UInt8] = []
        var thought: [UInt8] = []
        var calls: [UInt8] = []
        if content.kind == .string {
            said += try content.text()
        } else {
            for element in try content.elements() {
                let block = try element.object()
                let type = try block.required("type").text()
                if type.equals("text") {
                    try block.allow("type", "text", "cache_control", "citations")
                    said += try block.required("text").text()
                } else if type.equals("thinking") {
                    thought += try block.required("thinking").text()
                } else if type.equals("tool_use") {
                    try Self.append(call: block, to: &calls)
                } else if !type.equals("redacted_thinking") {
                    // Redacted thinking is encrypted; nobody but Anthropic can read it.
                    throw block.value.error(
                        "Blocks of type \"\(String(decoding: type, as: UTF8.self))\" cannot be given to an engine here as what "
                            + "the assistant said; text, thinking and tool_use can.")
                }
            }
        }
        begin("assistant")
        messages.append(constant: #","content":"#)
        if said.isEmpty, !calls.isEmpty { messages.append(constant: "null") } else { messages.append(quoted: said) }
        if !thought.isEmpty {
            messages.append(constant: #","reasoning_content":"#)
            messages.append(quoted: thought)
        }
        if !calls.isEmpty {
            messages.append(constant: #","tool_calls":["#)
            messages += calls
            messages.append(UInt8(ascii: "]"))
        }
        end()
    }

    private static func append(call block: RequestObject, to calls: inout [UInt8]) throws(EnvelopeError) {
        try block.allow("type", "id", "name", "input", "cache_control", "caller", "toolset_name")
        if !calls.isEmpty { calls.append(UInt8(ascii: ",")) }
        calls.append(constant: #"{"id":"#)
        calls.append(quoted: try block.required("id").text())
        calls.append(constant: #","type":"function","function":{"name":"#)
        calls.append(quoted: try block.required("name").text())
        calls.append(constant: #","arguments":""#)
        calls.append(escaping: try block.required("input").object().value.raw)
        calls.append(constant: "\"}}")
    }

    private static func texts(_ content: RequestValue) throws(EnvelopeError) -> AnthropicParts {
        var parts = AnthropicParts()
        guard content.kind != .string else {
            parts.add(text: try content.text())
            return parts
        }
        for element in try content.elements() {
            let block = try element.object()
            guard try block.required("type").text().equals("text") else {
                throw block.value.error("A system prompt consists of blocks of type \"text\" alone.")
            }
            try parts.add(block)
        }
        return parts
    }

    private mutating func begin(_ role: StaticString) {
        if !messages.isEmpty { messages.append(UInt8(ascii: ",")) }
        messages.append(constant: #"{"role":""#)
        messages.append(constant: role)
        messages.append(UInt8(ascii: "\""))
    }

    private mutating func end() { messages.append(UInt8(ascii: "}")) }
}
