/// What a response repeats of its request (`Response` in OpenAI's clients).
enum ResponsesSettings {
    /// What stands for a field that the request does not have. What an engine does on its own is not known, and null.
    private static let fallbacks: [(name: String, value: String)] = [
        ("instructions", "null"), ("max_output_tokens", "null"), ("metadata", "{}"), ("parallel_tool_calls", "true"),
        ("prompt_cache_key", "null"), ("reasoning", #"{"effort":null,"summary":null}"#), ("safety_identifier", "null"),
        ("temperature", "null"), ("text", #"{"format":{"type":"text"}}"#), ("tool_choice", #""auto""#),
        ("tools", "[]"), ("top_logprobs", "0"), ("top_p", "null"), ("user", "null"),
    ]

    /// The members of the object that do not change while it is answered, in one line.
    /// - Parameter model: the name that it carries.
    /// - Parameter wish: what it says of being kept; nil where nothing is.
    static func members(
        _ fields: JSONFields, model: String, wish: KeepingWish?
    ) throws(EnvelopeError) -> [UInt8] {
        if let metadata = try fields.object("metadata") {
            for (name, field) in metadata.all where field.kind != .string {
                throw metadata.error(name, "must be a string, and is \(field.kind.words)")
            }
        }
        var writer = JSONObjectWriter()
        writer.add("background", false)
        writer.add("model", model)
        if let previous = wish?.previous {
            writer.add("previous_response_id", previous)
        } else {
            writer.add("previous_response_id", raw: "null".utf8)
        }
        writer.add("service_tier", "default")
        writer.add("store", wish?.isKept == true)
        writer.add("truncation", "disabled")
        for (name, fallback) in fallbacks {
            if let field = fields[name] {
                writer.add(name, raw: fields.raw(field))
            } else {
                writer.add(name, raw: fallback.utf8)
            }
        }
        return writer.text.dropFirst().dropLast().map { $0 == 0x0a || $0 == 0x0d ? 0x20 : $0 }
    }
}
