/// A quick hash of names that nobody chooses with bad intentions: it looks at a name's length, its beginning, middle and
/// end, eight bytes of each. Names that are the same in all of them share a hash, and are then told apart by comparison.
struct QuickHash {
    private(set) var value: UInt64 = 0

    mutating func add(_ number: UInt64) {
        value = (value ^ number) &* 0xff51_afd7_ed55_8ccd
        value ^= value >> 32
    }

    mutating func add(_ text: String) {
        let word = text.utf8.withContiguousStorageIfAvailable { Self.word(UnsafeRawBufferPointer($0)) }
        add(word ?? UInt64(text.utf8.count))
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let count = bytes.count
        if count >= 8 {
            return mixed(count, load(bytes, 0), load(bytes, (count - 8) / 2), load(bytes, count - 8))
        }
        var word: UInt64 = 0
        for byte in bytes { word = word << 8 | UInt64(byte) }
        return mixed(count, word, 0, 0)
    }

    private static func load(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// Odd constants, so that words that are the same do not cancel each other out.
    private static func mixed(_ count: Int, _ first: UInt64, _ middle: UInt64, _ last: UInt64) -> UInt64 {
        first &* 0x9e37_79b9_7f4a_7c15 ^ middle &* 0xc2b2_ae3d_27d4_eb4f ^ last &* 0x1656_67b1_9e37_79f9 ^ UInt64(count)
    }
}
