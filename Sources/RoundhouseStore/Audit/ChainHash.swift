internal import Crypto

/// A SHA-256 hash in the chain of escalations.
public struct ChainHash: Sendable, Hashable, CustomStringConvertible {
    /// 32 bytes, unless it was read from a row that somebody has changed.
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// What the first escalation has for the hash of the one before it: 32 zeros.
    static let none = ChainHash(bytes: [UInt8](repeating: 0, count: 32))

    /// The hash of bytes.
    init(of content: [UInt8]) {
        bytes = Array(SHA256.hash(data: content))
    }

    /// Reads 64 hexadecimal digits, nil if it is anything else.
    public init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var read: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
            read.append(high << 4 | low)
        }
        bytes = read
    }

    /// 64 hexadecimal digits in lower case.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
