/// A header's value with parameters, `form-data; name="file"; filename=a.wav` (RFC 9110, section 5.6.6), taken apart.
struct HeaderParameters {
    struct Parameter {
        /// In lower case.
        var name: [UInt8]
        /// Without quotes; backslashes stay where they are.
        var value: [UInt8]
    }

    /// What stands before the first semicolon, in lower case.
    private(set) var word: [UInt8] = []
    private(set) var parameters: [Parameter] = []

    private let text: [UInt8]
    private var index = 0

    /// Takes `text` apart; nil if it is not of this form.
    init?(_ text: [UInt8]) {
        self.text = text
        word = Self.lowercased(until { $0 == UInt8(ascii: ";") })
        guard !word.isEmpty else { return nil }
        while index < text.count {
            // At a semicolon.
            index += 1
            skipSpace()
            // A semicolon at the end, with nothing behind it.
            if index == text.count { return }
            guard let parameter = parameter() else { return nil }
            parameters.append(parameter)
            skipSpace()
            guard index == text.count || text[index] == UInt8(ascii: ";") else { return nil }
        }
    }

    private mutating func parameter() -> Parameter? {
        let name = Self.lowercased(until { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ";") })
        guard !name.isEmpty, index < text.count, text[index] == UInt8(ascii: "=") else { return nil }
        index += 1
        if index < text.count, text[index] == UInt8(ascii: "\"") {
            guard let value = quoted() else { return nil }
            return Parameter(name: name, value: value)
        }
        return Parameter(name: name, value: until { $0 == UInt8(ascii: ";") })
    }

    /// The content of the quoted string that begins here.
    private mutating func quoted() -> [UInt8]? {
        index += 1
        let start = index
        while index < text.count, text[index] != UInt8(ascii: "\"") {
            index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < text.count else { return nil }
        defer { index += 1 }
        return Array(text[start..<index])
    }

    /// What stands before a byte that `ends` it, without the space around it.
    private mutating func until(_ ends: (UInt8) -> Bool) -> [UInt8] {
        skipSpace()
        let start = index
        while index < text.count, !ends(text[index]) { index += 1 }
        var end = index
        while end > start, Self.isSpace(text[end - 1]) { end -= 1 }
        return Array(text[start..<end])
    }

    private mutating func skipSpace() {
        while index < text.count, Self.isSpace(text[index]) { index += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    static func lowercased(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
    }

    /// The values of the parameters with this name, in lower case.
    func values(_ name: StaticString) -> [[UInt8]] {
        parameters.filter { $0.name.withUnsafeBytes { $0.equals(name) } }.map(\.value)
    }
}
