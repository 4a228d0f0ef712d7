private import Crypto

/// All keys of one moment; immutable.
public final class KeyRing: Sendable {
    private let keys: [KeyHash: APIKey]

    /// The keys of a file; ids and hashes are unique.
    public init(keys: [APIKey]) {
        self.keys = Dictionary(keys.map { ($0.hash, $0) }) { first, _ in first }
    }

    /// All keys, in no order.
    public var all: [APIKey] { Array(keys.values) }

    /// Whether there is no key at all.
    public var isEmpty: Bool { keys.isEmpty }

    /// The valid key with this secret.
    /// - Parameter now: seconds since 1970.
    public func key(forSecret secret: String, now: Int64) -> APIKey? {
        guard let key = keys[KeyHash(secret: secret)] else { return nil }
        if let expires = key.expires, now >= expires { return nil }
        return key
    }
}

/// Makes secrets.
public enum KeySecret {
    /// A new secret for the key `id`: `rh-ID-` and 43 letters and digits of base64url, 256 random bits from the system.
    public static func make(id: String) -> String {
        let random = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in random {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(letters[Int(bits >> UInt32(count) & 63)])
            }
        }
        text.append(letters[Int(bits << UInt32(6 - count) & 63)])
        return "rh-\(id)-" + String(decoding: text, as: UTF8.self)
    }
}
