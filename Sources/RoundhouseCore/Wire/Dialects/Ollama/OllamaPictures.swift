/// Pictures of `images`, base64 without a word about what they are, as parts of a message with a data URI.
enum OllamaPictures {
    /// How the kinds of picture that engines read begin, in base64.
    private static let beginnings: [(type: String, start: StaticString)] = [
        ("image/png", "iVBORw0KGgo"), ("image/jpeg", "/9j/"), ("image/gif", "R0lGOD"),
        ("image/bmp", "Qk0"), ("image/bmp", "Qk1"), ("image/bmp", "Qk2"), ("image/bmp", "Qk3"),
    ]

    /// The part for one element of `images`.
    static func part(
        _ element: RequestEnvelope.Field, at index: Int, of message: JSONFields
    ) throws(EnvelopeError) -> [UInt8] {
        let name = "images[\(index)]"
        guard element.kind == .string else {
            throw message.error(name, "must be a picture as base64 text, and is \(element.kind.words)")
        }
        let text = message.text(element)
        // Not Ollama's way, but it leaves nothing to guess.
        if text.hasPrefix("data:image/") { return part(url: JSONText.escaped(text)) }
        // Wrapped lines are base64, too (RFC 2045).
        let base64 = text.utf8.filter { $0 != 0x0a && $0 != 0x0d }
        guard base64.allSatisfy({ isBase64($0) }) else {
            throw message.error(name, "must be a picture as base64 text; links and paths are not followed")
        }
        guard let type = mediaType(base64) else {
            throw message.error(name, "is no picture that is known here: PNG, JPEG, GIF, WebP or BMP")
        }
        return part(url: Array("data:\(type);base64,".utf8) + base64)
    }

    private static func part(url: [UInt8]) -> [UInt8] {
        Array(#"{"type":"image_url","image_url":{"url":""#.utf8) + url + Array(#""}}"#.utf8)
    }

    private static func mediaType(_ base64: [UInt8]) -> String? {
        base64.withUnsafeBytes { bytes in
            func stands(_ text: StaticString, at offset: Int) -> Bool {
                bytes.count >= offset + text.utf8CodeUnitCount
                    && UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + text.utf8CodeUnitCount]).equals(text)
            }
            // RIFF, a length, WEBP: the last three letters begin at a boundary.
            if stands("UklGR", at: 0), stands("RUJQ", at: 12) { return "image/webp" }
            return beginnings.first { stands($0.start, at: 0) }?.type
        }
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")) || (byte >= 0x30 && byte <= 0x39)
            || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
    }
}
