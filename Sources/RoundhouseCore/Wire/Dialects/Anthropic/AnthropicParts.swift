/// The parts of a message's content in OpenAI's terms. All bytes are contents of JSON strings.
struct AnthropicParts {
    enum Part {
        case text([UInt8])
        case image(url: [UInt8])
    }

    private(set) var parts: [Part] = []

    var isEmpty: Bool { parts.isEmpty }

    /// The texts, one on each line.
    var text: [UInt8] {
        var joined: [UInt8] = []
        var isFirst = true
        for case .text(let text) in parts {
            if !isFirst { joined.append(constant: #"\n"#) }
            isFirst = false
            joined += text
        }
        return joined
    }

    var images: [Part] {
        parts.filter { if case .image = $0 { true } else { false } }
    }

    mutating func add(text: some Sequence<UInt8>) { parts.append(.text(Array(text))) }
    mutating func add(_ more: [Part]) { parts += more }

    /// Adds what a block holds that stands in what a user says or in the result of a tool. Nothing is said to an engine of
    /// `cache_control` (engines cache on their own) and of `citations` in texts (they are of an answer that has been given).
    mutating func add(_ block: RequestObject) throws(EnvelopeError) {
        let type = try block.required("type").text()
        if type.equals("text") {
            try block.allow("type", "text", "cache_control", "citations")
            add(text: try block.required("text").text())
        } else if type.equals("image") {
            try block.allow("type", "source", "cache_control")
            parts.append(.image(url: try Self.imageURL(try block.required("source").object())))
        } else if type.equals("document") {
            try add(document: block)
        } else if type.equals("search_result") {
            try block.allow("type", "content", "source", "title", "cache_control", "citations")
            try Self.refuseCitations(block)
            add(text: try block.required("title").text())
            add(text: try block.required("source").text())
            for text in try block.required("content").elements() { try add(try text.object()) }
        } else {
            throw block.value.error(
                "Blocks of type \"\(String(decoding: type, as: UTF8.self))\" cannot be given to an engine here; "
                    + "text, image, document (of text), search_result, tool_use, tool_result and thinking can.")
        }
    }

    /// A document is its title, its context and its text.
    private mutating func add(document block: RequestObject) throws(EnvelopeError) {
        try block.allow("type", "source", "title", "context", "cache_control", "citations")
        try Self.refuseCitations(block)
        for key in ["title", "context"] as [StaticString] {
            if let text = block[key] { add(text: try text.text()) }
        }
        let source = try block.required("source").object()
        let type = try source.required("type").text()
        if type.equals("text") {
            add(text: try source.required("data").text())
        } else if type.equals("content") {
            let content = try source.required("content")
            if content.kind == .string { return add(text: try content.text()) }
            for part in try content.elements() { try add(try part.object()) }
        } else {
            throw source.value.error(
                "Documents that are files (type \"\(String(decoding: type, as: UTF8.self))\") cannot be given to an engine "
                    + "here. Send their text (type \"text\"), or images of their pages.")
        }
    }

    private static func refuseCitations(_ block: RequestObject) throws(EnvelopeError) {
        guard let citations = block["citations"], try citations.object()["enabled"]?.truth() == true else { return }
        throw citations.error("Engines here do not cite. Leave citations out.")
    }

    private static func imageURL(_ source: RequestObject) throws(EnvelopeError) -> [UInt8] {
        let type = try source.required("type").text()
        if type.equals("url") { return Array(try source.required("url").text()) }
        guard type.equals("base64") else {
            throw source.value.error(
                "Images of type \"\(String(decoding: type, as: UTF8.self))\" are not stored here. Send them as base64 or url."
            )
        }
        var url = Array("data:".utf8)
        url += try source.required("media_type").text()
        url.append(constant: ";base64,")
        url += try source.required("data").text()
        return url
    }

    /// Writes the value of `content`: a string if there are only texts, which every engine's template takes.
    func append(to body: inout [UInt8]) {
        guard !images.isEmpty else { return body.append(quoted: text) }
        body.append(UInt8(ascii: "["))
        for (index, part) in parts.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            switch part {
            case .text(let text):
                body.append(constant: #"{"type":"text","text":"#)
                body.append(quoted: text)
                body.append(UInt8(ascii: "}"))
            case .image(let url):
                body.append(constant: #"{"type":"image_url","image_url":{"url":"#)
                body.append(quoted: url)
                body.append(constant: "}}")
            }
        }
        body.append(UInt8(ascii: "]"))
    }
}
