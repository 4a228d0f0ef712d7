/// Writes JSON strings.
public enum JSONText {
    /// `text` as the content of a JSON string, without quotes.
    public static func escaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 2)
        append(text, to: &bytes)
        return bytes
    }

    /// `text` as a JSON string.
    public static func quoted(_ text: String) -> [UInt8] {
        [UInt8(ascii: "\"")] + escaped(text) + [UInt8(ascii: "\"")]
    }

    /// Appends `text` as the content of a JSON string (RFC 8259, section 7): quotes, backslashes and control characters
    /// are escaped, and so are DEL and the line ends outside ASCII (U+0085, U+2028, U+2029), so that one line stays one
    /// line in any viewer.
    public static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { source in
            // Nearly every text is one that needs nothing: then it is one copy.
            if isPlain(UnsafeRawBufferPointer(source)) {
                bytes.append(contentsOf: source)
                return
            }
            var index = 0
            while index < source.count {
                let byte = source[index]
                index += 1
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                    bytes.append(UInt8(ascii: "\\"))
                    bytes.append(byte)
                case 0x0a: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
                case 0x0d: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
                case 0x09: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
                case 0..<0x20, 0x7f: appendEscape(UInt16(byte), to: &bytes)
                case 0xc2 where source[index] == 0x85:
                    appendEscape(0x85, to: &bytes)
                    index += 1
                case 0xe2 where source[index] == 0x80 && source[index + 1] & 0xfe == 0xa8:
                    appendEscape(0x2000 | UInt16(source[index + 1] & 0x3f), to: &bytes)
                    index += 2
                default: bytes.append(byte)
                }
            }
        }
    }

    /// What the content of a valid JSON string stands for. Half a surrogate pair becomes U+FFFD.
    public static func unescaped(_ content: UnsafeRawBufferPointer) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        var index = 0
        while index < content.count {
            let byte = content[index]
            guard byte == UInt8(ascii: "\\"), index + 1 < content.count else {
                text.append(byte)
                index += 1
                continue
            }
            let escaped = content[index + 1]
            index += 2
            switch escaped {
            case UInt8(ascii: "n"): text.append(0x0a)
            case UInt8(ascii: "r"): text.append(0x0d)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0c)
            case UInt8(ascii: "u"):
                var unit = hexNumber(content, at: index)
                index += 4
                // The second half of a pair (Unicode, section 3.9, table 3-5).
                if unit & 0xfc00 == 0xd800, index + 6 <= content.count, content[index] == UInt8(ascii: "\\"),
                    content[index + 1] == UInt8(ascii: "u")
                {
                    let second = hexNumber(content, at: index + 2)
                    if second & 0xfc00 == 0xdc00 {
                        unit = 0x10000 + (unit & 0x3ff) << 10 + second & 0x3ff
                        index += 6
                    }
                }
                text += Array(String(Character(Unicode.Scalar(unit) ?? "\u{fffd}")).utf8)
            default: text.append(escaped)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func hexNumber(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt32 {
        bytes[index..<min(index + 4, bytes.count)].reduce(0) { number, byte in
            number << 4 | UInt32(byte < 0x40 ? byte & 15 : byte & 15 + 9)
        }
    }

    /// How many Unicode code points the content of a valid JSON string stands for.
    public static func characterCount(_ content: UnsafeRawBufferPointer) -> Int {
        var count = 0
        var index = 0
        while index < content.count {
            let byte = content[index]
            guard byte == UInt8(ascii: "\\"), index + 1 < content.count else {
                // Continuation bytes of UTF-8 belong to the one before them.
                if byte & 0xc0 != 0x80 { count += 1 }
                index += 1
                continue
            }
            let isUnit = content[index + 1] == UInt8(ascii: "u")
            // The second half of a surrogate pair, \uDC00 to \uDFFF, belongs to the first.
            let isSecondHalf =
                isUnit && index + 3 < content.count && content[index + 2] | 0x20 == UInt8(ascii: "d")
                && [UInt8(ascii: "c"), UInt8(ascii: "d"), UInt8(ascii: "e"), UInt8(ascii: "f")].contains(
                    content[index + 3] | 0x20)
            if !isSecondHalf { count += 1 }
            index += isUnit ? 6 : 2
        }
        return count
    }

    /// Whether all of a text stands for itself, and holds no control character. Eight bytes at a time, as long as they are ASCII.
    public static func isPlain(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count >= 8 else { return text.allSatisfy { isPlain($0) } }
        var index = 0
        while true {
            let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if !isPlain(word) {
                for byte in text[index..<index + 8] where !isPlain(byte) { return false }
            }
            if index + 8 == text.count { return true }
            // The last eight may overlap with those before.
            index = min(index + 8, text.count - 8)
        }
    }

    /// Whether eight bytes are printable ASCII without quotes and backslashes; what is beyond ASCII is not.
    @inline(__always)
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        // A byte that is 0 after the exclusive or is the one looked for; below ASCII's end these tests are exact.
        let quote = word ^ ones &* UInt64(UInt8(ascii: "\""))
        let backslash = word ^ ones &* UInt64(UInt8(ascii: "\\"))
        let delete = word ^ ones &* 0x7f
        let found =
            word | (word &- ones &* 0x20) | (quote &- ones) | (backslash &- ones) | (delete &- ones)
        return found & tops == 0
    }

    /// Whether a byte stands for itself, and does not begin a line end outside ASCII.
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7f
            ? byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            : byte >= 0x80 && byte != 0xc2 && byte != 0xe2
    }

    private static func appendEscape(_ unit: UInt16, to bytes: inout [UInt8]) {
        bytes += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
        for shift in [12, 8, 4, 0] as [UInt16] { bytes.append(hexDigit(UInt8(unit >> shift & 15))) }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
