/// `text`: what form the answer is to have.
enum ResponsesText {
    /// Writes `response_format` and `verbosity`.
    /// - Returns: which fields the request uses.
    static func write(_ fields: JSONFields, into request: inout JSONObjectWriter) throws(EnvelopeError) -> [String] {
        guard let text = try fields.object("text") else { return [] }
        try text.allow(["format", "verbosity"])
        var used: [String] = []
        if let verbosity = try text.string("verbosity") {
            request.add("verbosity", verbosity)
            used.append("text.verbosity")
        }
        guard let format = try text.object("format") else { return used }
        switch try format.required("type", try format.string("type")) {
        case "text":
            try format.allow(["type"])
            return used
        case "json_object":
            try format.allow(["type"])
            request.add("response_format", raw: #"{"type":"json_object"}"#.utf8)
        case "json_schema":
            try format.allow(["type", "name", "schema", "strict", "description"])
            guard try format.object("schema") != nil else {
                throw format.error("schema", "is missing: it describes what the answer is to look like")
            }
            var schema = JSONObjectWriter()
            schema.add("name", try format.required("name", try format.string("name")))
            for (name, field) in format.all where name != "type" && name != "name" && field.kind != .null {
                schema.add(name, raw: format.raw(field))
            }
            request.add(
                "response_format",
                raw: Array(#"{"type":"json_schema","json_schema":"#.utf8) + schema.text + Array("}".utf8))
        case let type:
            throw format.error(
                "type", "must be \"text\", \"json_object\" or \"json_schema\", and is \(type.quotedForMessage)")
        }
        return used + ["text.format"]
    }
}

/// Log probabilities: asked for by `include` or by `top_logprobs`, of which a chat needs `logprobs` besides.
enum ResponsesLogprobs {
    /// What may be included. Of these only log probabilities are something that engines can give: the others are parts of tools that
    /// only OpenAI has, what the client sent itself, and thoughts in cipher, which here are in plain words anyway.
    private static let includable: Set<String> = [
        "message.output_text.logprobs", "reasoning.encrypted_content", "message.input_image.image_url",
        "file_search_call.results", "web_search_call.results", "web_search_call.action.sources",
        "code_interpreter_call.outputs", "computer_call_output.output.image_url",
    ]

    /// - Returns: whether the client wants any.
    static func write(_ fields: JSONFields, into request: inout JSONObjectWriter) throws(EnvelopeError) -> Bool {
        let top = try fields.whole("top_logprobs")
        var isWanted = (top ?? 0) > 0
        for (index, element) in try fields.elements("include").enumerated() {
            guard element.kind == .string, includable.contains(fields.text(element)) else {
                throw fields.error(
                    "include[\(index)]", "is not known here. Known is \"message.output_text.logprobs\"")
            }
            if fields.text(element) == "message.output_text.logprobs" { isWanted = true }
        }
        guard isWanted else { return false }
        request.add("logprobs", true)
        if let top { request.add("top_logprobs", top) }
        return true
    }
}
