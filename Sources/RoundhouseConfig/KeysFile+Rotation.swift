public import RoundhouseCore

extension KeysFile {
    /// What a rotation came to.
    public struct Rotation: Sendable, Equatable {
        /// The key with its new secret.
        public var key: APIKey
        /// The key that the old secret goes on working as; nil if it stopped at once.
        public var old: APIKey?
    }

    /// Gives a key a new secret, whose hash is `hash`. Everything else of it stays, but for `expires` if one is given.
    ///
    /// Without `overlap` the old secret stops at once. With it the old secret goes on for so many seconds from `now`
    /// (seconds since 1970; not longer than the key itself would have) as the key `ID-old`, which has the same rights and
    /// is counted by itself.
    /// - Throws: `KeysFileError`: no such key, a key that has expired and is given no new end, or an `ID-old` that is still valid.
    public func rotate(
        id: String, hash: KeyHash, expires: Int64? = nil, overlap: Int64? = nil, now: Int64
    ) throws -> Rotation {
        if let expires, KeyExpiry.seconds(KeyExpiry.text(expires)) != expires {
            throw KeysFileError("A key cannot expire after the year 9999.")
        }
        return try change { keys in
            var index = try Self.index(of: id, in: keys)
            var key = keys[index]
            let end = expires ?? key.expires
            if let end, end <= now {
                throw KeysFileError(
                    "The key `\(id)` has expired (\(KeyExpiry.text(end))), and a new secret would not work either. Give it "
                        + "a new end with --expires.")
            }
            var old: APIKey?
            if let overlap {
                let kept = try Self.kept(key, until: now + overlap, in: keys, now: now)
                keys.removeAll { $0.id == kept.id }
                index = try Self.index(of: id, in: keys)
                keys.insert(kept, at: index + 1)
                old = kept
            }
            key.hash = hash
            key.expires = end
            keys[index] = key
            return Rotation(key: key, old: old)
        }
    }

    /// The old secret as a key of its own.
    private static func kept(_ key: APIKey, until end: Int64, in keys: [APIKey], now: Int64) throws -> APIKey {
        var old = key
        old.id += "-old"
        guard APIKey.isValid(id: old.id) else {
            throw KeysFileError(
                "`\(old.id)`, the name that the old secret would go on under, is longer than 48 characters. Rotate without "
                    + "--overlap, or make a second key.")
        }
        if let other = keys.first(where: { $0.id == old.id }), other.expires.map({ $0 > now }) ?? true {
            let until = other.expires.map { ", until \(KeyExpiry.text($0))" } ?? ""
            throw KeysFileError(
                "There is a key `\(old.id)` already, and it still works\(until). Revoke it first: roundhouse keys revoke \(old.id)"
            )
        }
        old.expires = min(key.expires ?? .max, end)
        return old
    }
}
