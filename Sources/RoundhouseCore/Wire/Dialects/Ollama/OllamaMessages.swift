/// Messages of `/api/chat` as OpenAI has them.
enum OllamaMessages {
    private static let known: Set<String> = [
        "role", "content", "images", "tool_calls", "thinking", "tool_name", "tool_call_id",
    ]

    /// All of a conversation, each message JSON.
    static func translated(_ fields: JSONFields) throws(EnvelopeError) -> [[UInt8]] {
        var calls = OllamaCallNames()
        var messages: [[UInt8]] = []
        for (index, element) in try fields.elements("messages").enumerated() {
            messages.append(try translated(try fields.object(element, at: index, of: "messages"), &calls))
        }
        return messages
    }

    private static func translated(
        _ message: JSONFields, _ calls: inout OllamaCallNames
    ) throws(EnvelopeError) -> [UInt8] {
        guard let role = try message.string("role")?.lowercased(), !role.isEmpty else {
            throw message.error("role", "is missing: it is system, user, assistant or tool")
        }
        var translated = JSONObjectWriter()
        translated.add("role", role)
        try writeContent(message, "content", into: &translated)
        if let thinking = try message.string("thinking"), !thinking.isEmpty {
            translated.add("reasoning_content", thinking)
        }
        let called = try message.elements("tool_calls")
        if !called.isEmpty {
            var parts: [[UInt8]] = []
            for (index, element) in called.enumerated() {
                parts.append(try call(try message.object(element, at: index, of: "tool_calls"), &calls))
            }
            translated.add("tool_calls", elements: parts)
        }
        if role == "tool" {
            // `name` is how clients said it before there was `tool_name`.
            let name = try message.string(message["tool_name"] == nil ? "name" : "tool_name")
            translated.add("tool_call_id", calls.answered(name: name, id: try message.string("tool_call_id")))
            if let name { translated.add("name", name) }
        }
        translated.addRest(of: message, except: known)
        return translated.text
    }

    /// Writes a text, with the pictures of `images` as further parts if there are any.
    /// - Parameter name: the field that holds the text.
    static func writeContent(
        _ message: JSONFields, _ name: String, into translated: inout JSONObjectWriter
    ) throws(EnvelopeError) {
        if let field = message[name], field.kind != .string {
            throw message.error(name, "must be a string, and is \(field.kind.words); pictures go into \"images\"")
        }
        let text = message[name].map { Array(message.raw($0)) } ?? Array(#""""#.utf8)
        var parts: [[UInt8]] = []
        for (index, image) in try message.elements("images").enumerated() {
            parts.append(try OllamaPictures.part(image, at: index, of: message))
        }
        guard !parts.isEmpty else { return translated.add("content", raw: text) }
        if text.count > 2 { parts.insert(Array(#"{"type":"text","text":"#.utf8) + text + [UInt8(ascii: "}")], at: 0) }
        translated.add("content", elements: parts)
    }

    /// A call that the model made before: its arguments are an object here and a text of JSON at OpenAI.
    private static func call(
        _ call: JSONFields, _ calls: inout OllamaCallNames
    ) throws(EnvelopeError) -> [UInt8] {
        guard let function = try call.object("function"), let name = try function.string("name") else {
            throw call.error("function.name", "is missing: it says which tool was called")
        }
        var translated = JSONObjectWriter()
        translated.add("name", name)
        if let arguments = function["arguments"], arguments.kind == .object {
            translated.add("arguments", String(decoding: function.raw(arguments), as: UTF8.self))
        } else {
            guard function["arguments"] == nil else { throw function.error("arguments", "must be an object") }
            translated.add("arguments", "{}")
        }
        var whole = JSONObjectWriter()
        whole.add("id", calls.called(name, id: try call.string("id")))
        whole.add("type", "function")
        whole.add("function", raw: translated.text)
        return whole.text
    }
}
