/// A validating reader of JSON text (RFC 8259) that moves over values without making anything of them.
///
/// Inside strings it looks at sixteen bytes at a time: a request's bytes are mostly the text of its messages.
struct JSONScan {
    /// The next byte to read.
    var index = 0
    /// Whether images, and media that lie elsewhere, are looked for in what is read.
    var watchesMedia = false
    /// Whether one was found.
    private(set) var sawImage = false
    /// Whether a URL was found that somebody would have to fetch.
    private(set) var sawRemoteMedia = false

    let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    // Small steps.

    /// Whether everything has been read.
    var isAtEnd: Bool { index == bytes.count }

    /// Some of the bytes.
    @inline(__always)
    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }

    @inline(__always)
    mutating func skipSpace() {
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
            index += 1
        }
    }

    /// Moves over `byte` if it is next.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    /// Moves over `byte`, which must be next.
    @inline(__always)
    mutating func expect(_ byte: UInt8, _ what: String) throws(EnvelopeError) {
        guard take(byte) else { throw failure(what) }
    }

    private func failure(_ expected: String) -> EnvelopeError {
        index >= bytes.count
            ? EnvelopeError("The JSON ends too early: \(expected) is missing at byte \(index).", at: index)
            : EnvelopeError("The body is not valid JSON: expected \(expected) at byte \(index).", at: index)
    }

    // Values.

    /// Moves over a value.
    mutating func value(depth: Int) throws(EnvelopeError) -> RequestEnvelope.Kind {
        guard index < bytes.count else { throw failure("a value") }
        switch bytes[index] {
        case UInt8(ascii: "\""):
            index += 1
            _ = try stringContent()
            return .string
        case UInt8(ascii: "{"):
            try object(depth: depth)
            return .object
        case UInt8(ascii: "["):
            try array(depth: depth)
            return .array
        case UInt8(ascii: "t"):
            try literal("true")
            return .true
        case UInt8(ascii: "f"):
            try literal("false")
            return .false
        case UInt8(ascii: "n"):
            try literal("null")
            return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try number()
            return .number
        default: throw failure("a value")
        }
    }

    func checkDepth(_ depth: Int) throws(EnvelopeError) {
        guard depth <= RequestEnvelope.depthLimit else {
            throw EnvelopeError("The JSON is nested deeper than \(RequestEnvelope.depthLimit) levels.", at: index)
        }
    }

    private mutating func object(depth: Int) throws(EnvelopeError) {
        try checkDepth(depth)
        try eachMember { scan, key throws(EnvelopeError) in
            let start = scan.index
            let watches = scan.watchesMedia
            if watches, scan.isForTools(key) { scan.watchesMedia = false }
            let kind = try scan.value(depth: depth + 1)
            scan.watchesMedia = watches
            if watches { scan.noteMedia(key, start..<scan.index, kind) }
        }
    }

    private mutating func array(depth: Int) throws(EnvelopeError) {
        try checkDepth(depth)
        try eachElement { scan throws(EnvelopeError) in _ = try scan.value(depth: depth + 1) }
    }

    /// Whether a value is what a tool is called with: whatever is in it, no engine looks at it.
    private func isForTools(_ key: Range<Int>) -> Bool {
        key.count == 5 ? slice(key).equals("input") : key.count == 9 && slice(key).equals("arguments")
    }

    /// An image in a message is a part of type `image_url` (chat), `input_image` (responses) or `image` (messages). Whatever is to be
    /// looked at or listened to stands in `url`, or, in responses, in `image_url` itself.
    private mutating func noteMedia(_ key: Range<Int>, _ value: Range<Int>, _ kind: RequestEnvelope.Kind) {
        guard kind == .string else { return }
        let content = slice(value.lowerBound + 1..<value.upperBound - 1)
        switch key.count {
        case 4 where slice(key).equals("type"):
            if content.equals("image_url") || content.equals("input_image") || content.equals("image") {
                sawImage = true
            }
        case 3 where slice(key).equals("url"), 9 where slice(key).equals("image_url"),
            8 where slice(key).equals("file_url"):
            if Self.isElsewhere(content) { sawRemoteMedia = true }
        default: break
        }
    }

    /// Whether this is a URL whose content is not in it. One that begins with an escape may be any.
    private static func isElsewhere(_ url: UnsafeRawBufferPointer) -> Bool {
        if url.first == UInt8(ascii: "\\") { return true }
        guard let colon = url.prefix(16).firstIndex(of: UInt8(ascii: ":")) else { return false }
        return !UnsafeRawBufferPointer(rebasing: url[..<colon]).equalsIgnoringCase("data")
    }

    private mutating func literal(_ text: StaticString) throws(EnvelopeError) {
        let end = index + text.utf8CodeUnitCount
        guard end <= bytes.count, UnsafeRawBufferPointer(rebasing: bytes[index..<end]).equals(text) else {
            throw failure("a value")
        }
        index = end
    }

    private mutating func number() throws(EnvelopeError) {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
    }

    private mutating func digits() throws(EnvelopeError) {
        let start = index
        while index < bytes.count, bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") { index += 1 }
        guard index > start else { throw failure("a digit") }
    }

    // Strings.

    /// Moves over a string behind its opening quote and over the closing one.
    /// - Returns: where its content stands, and whether there are escapes in it.
    mutating func stringContent() throws(EnvelopeError) -> (content: Range<Int>, isEscaped: Bool) {
        let start = index
        var isEscaped = false
        while true {
            skipUsual(&isEscaped)
            guard index < bytes.count else { throw failure("a closing quote") }
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return (start..<index - 1, isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                try escape()
            case 0..<0x20:
                throw EnvelopeError(
                    "A string holds a control character that is not escaped, at byte \(index).", at: index)
            case 0x80...: try multibyte()
            default: index += 1
            }
        }
    }

    /// Moves over plain text, line feeds and quotes that are escaped, and letters of two bytes, to the first byte that may
    /// be anything else; this is most of what a body is made of.
    @inline(__always)
    private mutating func skipUsual(_ isEscaped: inout Bool) {
        guard let base = bytes.baseAddress else { return }
        var offset = index
        let last = bytes.count - 16
        while offset <= last {
            let first = Self.special(base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let second = Self.special(base.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            if first | second == 0 {
                offset += 16
                continue
            }
            offset += first != 0 ? first.trailingZeroBitCount >> 3 : 8 + second.trailingZeroBitCount >> 3
            guard offset <= last else { break }
            let pair = base.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
            if pair == 0x6e5c || pair == 0x225c {
                isEscaped = true
            } else if pair & 0xc0e0 != 0x80c0 || pair & 0x1e == 0 {
                break
            }
            offset += 2
        }
        index = offset
    }

    /// Bits set in the first byte of `word` that is a quote, a backslash, a control character or not ASCII. Bits behind
    /// the first may be wrong: the subtraction borrows.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5c)
        let isQuote = (quote &- ones) & ~quote
        let isBackslash = (backslash &- ones) & ~backslash
        let isControl = (word &- ones &* 0x20) & ~word
        return (isQuote | isBackslash | isControl | word) & highs
    }

    private mutating func escape() throws(EnvelopeError) {
        guard index + 1 < bytes.count else { throw failure("the rest of an escape") }
        switch bytes[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 2
        case UInt8(ascii: "u"):
            guard index + 6 <= bytes.count, (2..<6).allSatisfy({ Self.isHex(bytes[index + $0]) }) else {
                throw EnvelopeError("An escape \\u lacks its four hexadecimal digits, at byte \(index).", at: index)
            }
            index += 6
        default: throw EnvelopeError("There is no such escape in JSON, at byte \(index).", at: index)
        }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66)
    }

    /// Moves over the characters beyond ASCII that begin here, and checks their encoding (RFC 3629).
    private mutating func multibyte() throws(EnvelopeError) {
        while index < bytes.count, bytes[index] >= 0x80 {
            let first = bytes[index]
            let length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
            guard first >= 0xc2, first <= 0xf4, index + length <= bytes.count else { throw badEncoding() }
            let second = bytes[index + 1]
            let lowest: UInt8 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80
            let highest: UInt8 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf
            guard second >= lowest, second <= highest else { throw badEncoding() }
            for offset in 2..<max(length, 2) where bytes[index + offset] & 0xc0 != 0x80 { throw badEncoding() }
            index += length
        }
    }

    private func badEncoding() -> EnvelopeError {
        EnvelopeError("The body is not valid UTF-8, at byte \(index).", at: index)
    }
}
