/// The pass over a request body: the top-level object and the fields in it that decide something.
struct EnvelopeScan {
    var envelope = RequestEnvelope()
    private var json: JSONScan
    private let body: UnsafeRawBufferPointer
    private var seen = Seen()

    /// The interpreted keys that have occurred; each may occur once.
    private struct Seen: OptionSet {
        var rawValue: UInt16
        static let model = Seen(rawValue: 1)
        static let stream = Seen(rawValue: 2)
        static let streamOptions = Seen(rawValue: 4)
        static let maxTokens = Seen(rawValue: 8)
        static let maxCompletionTokens = Seen(rawValue: 16)
        static let maxOutputTokens = Seen(rawValue: 32)
        static let metadata = Seen(rawValue: 64)
        static let tools = Seen(rawValue: 128)
        static let functions = Seen(rawValue: 256)
        static let messages = Seen(rawValue: 512)
        static let input = Seen(rawValue: 1024)
    }

    init(_ body: UnsafeRawBufferPointer) {
        self.body = body
        json = JSONScan(body)
    }

    mutating func run() throws(EnvelopeError) {
        guard !body.isEmpty else { throw EnvelopeError("The request has no body.", at: 0) }
        if body.count >= 3, body[0] == 0xef, body[1] == 0xbb, body[2] == 0xbf {
            throw EnvelopeError("The body begins with a byte order mark; send plain UTF-8.", at: 0)
        }
        json.skipSpace()
        guard json.take(UInt8(ascii: "{")) else {
            throw EnvelopeError("The body must be a JSON object.", at: json.index)
        }
        envelope.objectStart = json.index - 1
        envelope.fields.reserveCapacity(12)
        try readFields()
        json.skipSpace()
        guard json.index == body.count else {
            throw EnvelopeError("Something follows the end of the JSON object, at byte \(json.index).", at: json.index)
        }
    }

    private mutating func readFields() throws(EnvelopeError) {
        json.skipSpace()
        if json.take(UInt8(ascii: "}")) { return }
        while true {
            guard envelope.fields.count < RequestEnvelope.fieldLimit else {
                throw EnvelopeError("The body has more than \(RequestEnvelope.fieldLimit) fields.", at: json.index)
            }
            try json.expect(UInt8(ascii: "\""), "a field's name in quotes")
            let (key, isEscaped) = try json.stringContent()
            guard !isEscaped else { throw Self.escapedName(key) }
            json.skipSpace()
            try json.expect(UInt8(ascii: ":"), "a colon")
            json.skipSpace()
            let known = try known(key)
            json.watchesMedia = known == .messages || known == .input
            let start = json.index
            let kind = try json.value(depth: 2)
            let field = RequestEnvelope.Field(key: key, value: start..<json.index, kind: kind)
            if let known { try note(known, field) }
            envelope.fields.append(field)
            json.skipSpace()
            if json.take(UInt8(ascii: ",")) {
                json.skipSpace()
                continue
            }
            try json.expect(UInt8(ascii: "}"), "a comma or the object's end")
            envelope.hasImages = json.sawImage
            envelope.hasRemoteMedia = json.sawRemoteMedia
            return
        }
    }

    private static func escapedName(_ key: Range<Int>) -> EnvelopeError {
        EnvelopeError(
            "A field's name is written with escapes, at byte \(key.lowerBound); write it plainly.", at: key.lowerBound)
    }

    /// Which of the interpreted keys it is. `Model` is not `model`, but some engines' JSON readers take it for that.
    private func known(_ range: Range<Int>) throws(EnvelopeError) -> Seen? {
        let key = UnsafeRawBufferPointer(rebasing: body[range])
        guard key.contains(where: { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }) else {
            return Self.known(key)
        }
        let lower = key.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
        guard lower.withUnsafeBytes({ Self.known($0) }) == nil else {
            let name = String(decoding: lower, as: UTF8.self)
            throw EnvelopeError(
                "The field \"\(name)\" must be written in lower case.", parameter: name, at: range.lowerBound)
        }
        return nil
    }

    private static func known(_ key: UnsafeRawBufferPointer) -> Seen? {
        switch key.count {
        case 5: key.equals("model") ? .model : key.equals("tools") ? .tools : key.equals("input") ? .input : nil
        case 6: key.equals("stream") ? .stream : nil
        case 8: key.equals("messages") ? .messages : key.equals("metadata") ? .metadata : nil
        case 9: key.equals("functions") ? .functions : nil
        case 10: key.equals("max_tokens") ? .maxTokens : nil
        case 14: key.equals("stream_options") ? .streamOptions : nil
        case 17: key.equals("max_output_tokens") ? .maxOutputTokens : nil
        case 21: key.equals("max_completion_tokens") ? .maxCompletionTokens : nil
        default: nil
        }
    }

    private mutating func note(_ known: Seen, _ field: RequestEnvelope.Field) throws(EnvelopeError) {
        let name = String(decoding: UnsafeRawBufferPointer(rebasing: body[field.key]), as: UTF8.self)
        guard !seen.contains(known) else {
            throw EnvelopeError("The field \"\(name)\" occurs twice.", parameter: name, at: field.key.lowerBound)
        }
        seen.insert(known)
        switch known {
        case .model: try noteModel(field)
        case .stream:
            guard field.kind == .true || field.kind == .false || field.kind == .null else {
                throw Self.wrongKind(name, "true or false", field)
            }
            envelope.stream = field.kind == .true
        case .streamOptions: try noteStreamOptions(field)
        case .maxTokens, .maxCompletionTokens, .maxOutputTokens:
            if field.kind == .null { return }
            guard field.kind == .number, let count = Int(decimal: UnsafeRawBufferPointer(rebasing: body[field.value]))
            else { throw Self.wrongKind(name, "a whole number", field) }
            envelope.maxTokens = count
        case .metadata:
            guard field.kind == .object else { return }
            for member in json.members(of: field.value)
            where member.kind == .string && UnsafeRawBufferPointer(rebasing: body[member.key]).equals("feature") {
                envelope.feature = member.value.lowerBound + 1..<member.value.upperBound - 1
            }
        case .tools, .functions:
            if field.kind == .array, json.hasElements(field.value) { envelope.hasTools = true }
        default: break
        }
    }

    private mutating func noteModel(_ field: RequestEnvelope.Field) throws(EnvelopeError) {
        guard field.kind == .string else { throw Self.wrongKind("model", "a string", field) }
        let content = field.value.lowerBound + 1..<field.value.upperBound - 1
        guard !content.isEmpty else {
            throw EnvelopeError("\"model\" is empty.", parameter: "model", at: content.lowerBound)
        }
        guard content.count <= RequestEnvelope.nameLimit else {
            throw EnvelopeError(
                "\"model\" is too long; names have at most \(RequestEnvelope.nameLimit) bytes.", parameter: "model",
                at: content.lowerBound)
        }
        guard !body[content].contains(UInt8(ascii: "\\")) else {
            throw EnvelopeError(
                "\"model\" is written with escapes; write the name plainly.", parameter: "model", at: content.lowerBound
            )
        }
        envelope.model = content
    }

    private mutating func noteStreamOptions(_ field: RequestEnvelope.Field) throws(EnvelopeError) {
        guard field.kind == .object || field.kind == .null else {
            throw Self.wrongKind("stream_options", "an object", field)
        }
        envelope.streamOptions = field
        guard field.kind == .object else { return }
        for member in json.members(of: field.value) {
            let key = UnsafeRawBufferPointer(rebasing: body[member.key])
            guard !key.contains(UInt8(ascii: "\\")) else { throw Self.escapedName(member.key) }
            guard key.equals("include_usage") else { continue }
            let name = "stream_options.include_usage"
            guard envelope.includeUsageValue == nil else {
                throw EnvelopeError("The field \"\(name)\" occurs twice.", parameter: name, at: member.key.lowerBound)
            }
            guard member.kind == .true || member.kind == .false || member.kind == .null else {
                throw Self.wrongKind(name, "true or false", member)
            }
            envelope.includeUsage = member.kind == .true
            envelope.includeUsageValue = member.value
        }
    }

    private static func wrongKind(_ name: String, _ expected: String, _ field: RequestEnvelope.Field) -> EnvelopeError {
        EnvelopeError(
            "\"\(name)\" must be \(expected), and is \(field.kind.words).", parameter: name,
            at: field.value.lowerBound)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these are exactly the bytes of `text`.
    @inline(__always)
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index] != text.utf8Start[index] { return false }
        return true
    }
}

extension Int {
    /// A whole number in plain decimal digits, with or without a minus; nil for anything else or too much.
    init?(decimal bytes: UnsafeRawBufferPointer) {
        let isNegative = bytes.count > 0 && bytes[0] == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        guard bytes.count > start, bytes.count - start <= 18 else { return nil }
        var value = 0
        for index in start..<bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        self = isNegative ? -value : value
    }
}
