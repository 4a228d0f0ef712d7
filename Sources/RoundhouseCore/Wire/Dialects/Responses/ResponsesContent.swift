/// What a message or the result of a tool holds, in the words of chats.
struct ResponsesContent {
    enum Part {
        /// The content of a JSON string.
        case text([UInt8])
        /// An object of another type.
        case other([UInt8])
    }

    var parts: [Part] = []

    init() {}

    /// Reads a text or an array of parts.
    init(_ owner: JSONFields, _ name: String) throws(EnvelopeError) {
        let field = try owner.required(name, owner[name])
        if field.kind == .string {
            parts = [.text(try owner.content(name) ?? [])]
            return
        }
        for (index, element) in try owner.elements(name).enumerated() {
            let part = try owner.object(element, at: index, of: name)
            parts.append(try Self.part(part))
        }
    }

    private static func part(_ part: JSONFields) throws(EnvelopeError) -> Part {
        switch try part.required("type", try part.string("type")) {
        case "input_text", "output_text", "text":
            try part.allow(["type", "text", "annotations", "logprobs", "prompt_cache_breakpoint"])
            return .text(try part.required("text", try part.content("text")))
        case "refusal":
            try part.allow(["type", "refusal"])
            return .text(try part.required("refusal", try part.content("refusal")))
        case "input_image":
            guard part["file_id"] == nil else {
                throw part.error(
                    "file_id", "cannot be looked up: files are not stored here. Send the picture in image_url")
            }
            try part.allow(["type", "image_url", "detail", "prompt_cache_breakpoint"])
            return .other(try image(part))
        case "input_audio":
            try part.allow(["type", "input_audio", "prompt_cache_breakpoint"])
            var audio = JSONObjectWriter()
            audio.add("type", "input_audio")
            audio.add("input_audio", raw: part.raw(try part.required("input_audio", part["input_audio"])))
            return .other(audio.text)
        case "input_file":
            throw part.error(
                "type",
                "is \"input_file\", and engines here do not read files. Send the file's text as input_text, or "
                    + "pictures of its pages as input_image")
        case let type:
            throw part.error(
                "type",
                "is \(type.quotedForMessage), which engines here cannot be given; input_text, input_image, "
                    + "input_audio, output_text and refusal can")
        }
    }

    /// Chats have the URL and its detail in an object. `auto` is what engines do anyway; only OpenAI's have `original`.
    private static func image(_ part: JSONFields) throws(EnvelopeError) -> [UInt8] {
        guard let url = try part.content("image_url") else {
            throw part.error("image_url", "is missing: it is the picture, as a data: or https: URL")
        }
        var inner = JSONObjectWriter()
        inner.add("url", raw: JSONText.quote(url))
        if let detail = try part.string("detail"), detail == "low" || detail == "high" { inner.add("detail", detail) }
        var image = JSONObjectWriter()
        image.add("type", "image_url")
        image.add("image_url", raw: inner.text)
        return image.text
    }

    /// The texts, one on each line.
    var text: [UInt8] {
        Self.lines(parts.compactMap { if case .text(let text) = $0 { text } else { nil } })
    }

    /// Everything but the texts.
    var others: [Part] {
        parts.filter { if case .other = $0 { true } else { false } }
    }

    /// What can only be a text.
    func textOnly(_ owner: JSONFields) throws(EnvelopeError) -> [UInt8] {
        guard others.isEmpty else { throw owner.error("content", "may hold only texts in a message of this role") }
        return text
    }

    /// A message's `content`: a string if there are only texts, which every model's template takes.
    var value: [UInt8] {
        if others.isEmpty { return JSONText.quote(text) }
        return JSONObjectWriter.array(
            parts.map { part in
                switch part {
                case .text(let text): Array(#"{"type":"text","text":"#.utf8) + JSONText.quote(text) + Array("}".utf8)
                case .other(let object): object
                }
            })
    }

    static func lines(_ texts: [[UInt8]]) -> [UInt8] { Array(texts.joined(separator: Array(#"\n"#.utf8))) }
}

extension JSONText {
    /// The content of a JSON string in quotes again.
    static func quote(_ content: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.append(quoted: content)
        return text
    }
}
