/// What a record's values become before they are stored, in rows, sums and audit alike.
enum StoredValues {
    /// A count that sums of billions of rows still hold: no real request has more tokens, characters or milliseconds of
    /// audio than fit in 32 bits, but an upstream may claim anything.
    static func count(_ value: Int?) -> Int64? {
        value.map { Int64(clamping: min(max(0, $0), Int(UInt32.max))) }
    }

    /// Microseconds or bytes: as above, within 48 bits.
    static func size(_ value: Int) -> Int64 {
        Int64(min(max(0, value), 1 << 48))
    }

    /// A text without the character that ends one for SQLite.
    static func text(_ value: String) -> String {
        guard value.utf8.contains(0) else { return value }
        return String(value.unicodeScalars.map { $0 == "\u{0}" ? "\u{2400}" : Character($0) })
    }
}
