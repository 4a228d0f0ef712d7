/// Makes a chat's messages out of `instructions` and the items of `input`.
///
/// Models' templates want one system message at the start, and each turn of the assistant as one message: instructions and what the
/// system or the developer says at first are joined, and so are texts and calls of an assistant until somebody else speaks. Items of type
/// `reasoning` are dropped: a chat has no place for them that engines agree about, and models are trained without the thoughts of earlier turns.
struct ResponsesInput {
    private var messages: [[UInt8]] = []
    private var system: [[UInt8]] = []
    /// The assistant's turn that goes on: contents of its texts, and its calls.
    private var texts: [[UInt8]] = []
    private var calls: [[UInt8]] = []
    /// Pictures in results of tools, which only a user's message can hold.
    private var pictures = ResponsesContent()

    static func messages(_ fields: JSONFields) throws(EnvelopeError) -> [[UInt8]] {
        var input = ResponsesInput()
        if let text = try fields.content("instructions") { input.system.append(text) }
        guard let field = fields["input"] else {
            throw fields.error("input", "is missing: it is what is to be answered, a text or an array of items")
        }
        if let text = field.kind == .string ? try fields.content("input") : nil {
            input.add("user", JSONText.quote(text))
        } else {
            let items = try fields.elements("input")
            guard !items.isEmpty else { throw fields.error("input", "is empty: there is nothing to answer") }
            for (index, element) in items.enumerated() {
                try input.add(try fields.object(element, at: index, of: "input"))
            }
        }
        input.endTurn()
        input.endResults()
        input.endSystem()
        return input.messages
    }

    private mutating func add(_ item: JSONFields) throws(EnvelopeError) {
        switch try item.string("type") ?? (item["role"] == nil ? "item_reference" : "message") {
        case "message": try add(message: item)
        case "function_call":
            try item.allow(["type", "id", "call_id", "name", "arguments", "status", "caller"])
            endResults()
            endSystem()
            calls.append(try ResponsesTools.call(item))
        case "function_call_output": try add(result: item)
        case "reasoning": break
        case "item_reference":
            throw item.error("id", "cannot be looked up: items are not stored here. Send the item itself")
        case let type:
            throw item.error(
                "type",
                "is \(type.quotedForMessage), an item of a tool that runs at OpenAI. Items of type message, "
                    + "function_call, function_call_output and reasoning can be given to engines here")
        }
    }

    private mutating func add(message: JSONFields) throws(EnvelopeError) {
        try message.allow(["type", "id", "role", "content", "status", "phase"])
        let role = try message.required("role", try message.string("role"))
        let content = try ResponsesContent(message, "content")
        switch role {
        case "user": add("user", content.value)
        case "system", "developer":
            let text = try content.textOnly(message)
            // Templates know the system alone.
            if messages.isEmpty, texts.isEmpty, calls.isEmpty {
                system.append(text)
            } else {
                add("system", JSONText.quote(text))
            }
        case "assistant":
            endResults()
            endSystem()
            texts.append(try content.textOnly(message))
        default:
            throw message.error(
                "role",
                "must be \"user\", \"assistant\", \"system\" or \"developer\", and is \(role.quotedForMessage)")
        }
    }

    /// Adds what somebody else than the assistant says.
    private mutating func add(_ role: StaticString, _ content: [UInt8]) {
        endTurn()
        endResults()
        endSystem()
        append(role, content)
    }

    private mutating func add(result item: JSONFields) throws(EnvelopeError) {
        try item.allow(["type", "id", "call_id", "output", "status", "caller", "name"])
        let id = try item.required("call_id", try item.content("call_id"))
        let output = try ResponsesContent(item, "output")
        endTurn()
        endSystem()
        var message = JSONObjectWriter()
        message.add("role", "tool")
        message.add("tool_call_id", raw: JSONText.quote(id))
        message.add("content", raw: JSONText.quote(output.text))
        messages.append(message.text)
        pictures.parts += output.others
    }

    private mutating func endTurn() {
        guard !texts.isEmpty || !calls.isEmpty else { return }
        var message = JSONObjectWriter()
        message.add("role", "assistant")
        message.add("content", raw: texts.isEmpty ? Array("null".utf8) : JSONText.quote(ResponsesContent.lines(texts)))
        if !calls.isEmpty { message.add("tool_calls", elements: calls) }
        messages.append(message.text)
        texts = []
        calls = []
    }

    private mutating func endResults() {
        guard !pictures.parts.isEmpty else { return }
        append("user", pictures.value)
        pictures = ResponsesContent()
    }

    /// Puts down what comes before everything else.
    private mutating func endSystem() {
        guard !system.isEmpty else { return }
        let content = system.joined(separator: Array(#"\n\n"#.utf8))
        append("system", JSONText.quote(Array(content)))
        system = []
    }

    private mutating func append(_ role: StaticString, _ content: [UInt8]) {
        var message = JSONObjectWriter()
        message.add("role", "\(role)")
        message.add("content", raw: content)
        messages.append(message.text)
    }
}
