private import Crypto

/// SHA-256 of a key's secret. Secrets have 256 random bits, so that a plain hash cannot be searched.
public struct KeyHash: Sendable, Hashable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The hash of a secret.
    public init(secret: String) {
        var secret = secret
        let digest = secret.withUTF8 { SHA256.hash(data: UnsafeRawBufferPointer($0)) }
        words = digest.withUnsafeBytes { bytes in
            (
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self).bigEndian,
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian,
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self).bigEndian,
                bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self).bigEndian
            )
        }
    }

    /// Reads 64 hexadecimal digits.
    public init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var parts: [UInt64] = []
        for start in stride(from: 0, to: 64, by: 16) {
            guard digits[start] != UInt8(ascii: "+"), digits[start] != UInt8(ascii: "-"),
                let part = UInt64(String(decoding: digits[start..<start + 16], as: UTF8.self), radix: 16)
            else { return nil }
            parts.append(part)
        }
        words = (parts[0], parts[1], parts[2], parts[3])
    }

    /// 64 hexadecimal digits.
    public var hex: String {
        [words.0, words.1, words.2, words.3].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Compares in a time that does not depend on where two hashes differ.
    public static func == (a: KeyHash, b: KeyHash) -> Bool {
        (a.words.0 ^ b.words.0) | (a.words.1 ^ b.words.1) | (a.words.2 ^ b.words.2) | (a.words.3 ^ b.words.3) == 0
    }

    /// One word of a cryptographic hash is hash enough.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}
