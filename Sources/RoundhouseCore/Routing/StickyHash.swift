/// Hashes that stay the same from one start to the next and from one machine to another, so that whoever is sticky stays
/// where they are. Not for secrets.
public enum StickyHash {
    /// FNV-1a (64 bits) over the bytes, mixed so that also its high bits depend on the last byte.
    public static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return mix(hash)
    }

    /// The same of a text's UTF-8.
    public static func of(_ text: String, seed: UInt64 = 0) -> UInt64 {
        var copy = text
        return copy.withUTF8 { of(UnsafeRawBufferPointer($0), seed: seed) }
    }

    /// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input moves half of the output's.
    public static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Where a hash falls among `total` places that follow each other.
    static func place(_ hash: UInt64, of total: Int) -> Int {
        total > 0 ? Int(hash.multipliedFullWidth(by: UInt64(total)).high) : 0
    }
}
