/// Rows that are found by what a request says, without a key being made for it first: a table with open addressing, which
/// takes the hash from its caller. It holds a limited number of keys; what comes after shares one row.
///
/// `Dictionary` would do, and take several times as many instructions: it wants a whole key, and hashes it with SipHash. What
/// is counted by here are configured names and statuses; a client cannot choose them to collide.
struct SeriesTable<Key: Sendable, Row: Sendable>: Sendable {
    /// The keys, in the order in which they came.
    private(set) var keys: [Key] = []
    /// The row of each key.
    var rows: [Row] = []
    /// The index of the row for all that came when the table was full; nil if nothing did.
    private(set) var overflow: Int?

    private var hashes: [UInt64] = []
    /// For each place nothing (-1) or the index of a key. A power of two, at least half of it empty.
    private var slots = [Int32](repeating: -1, count: 64)
    private let limit: Int

    /// - Parameter limit: how many keys it holds besides the one that stands for all others.
    init(limit: Int) {
        self.limit = limit
    }

    /// The index of the key that has this hash and matches.
    /// - Parameter matches: is given a pointer that is valid for the call, because a key that is passed is a key copied.
    @inline(__always)
    func index(hash: UInt64, matches: (UnsafePointer<Key>) -> Bool) -> Int? {
        let mask = slots.count - 1
        var place = Self.start(hash, mask)
        while true {
            let index = Int(slots[place])
            if index < 0 { return nil }
            if hashes[index] == hash, keys.withUnsafeBufferPointer({ matches($0.baseAddress! + index) }) {
                return index
            }
            place = (place + 1) & mask
        }
    }

    /// Adds a key that is not there.
    /// - Parameter other: the key that stands for all others, taken when the table is full.
    /// - Returns: the index of its row, or of the row of all others.
    mutating func add(hash: UInt64, key: Key, other: @autoclosure () -> Key, row: Row) -> Int {
        if keys.count >= limit {
            if let overflow { return overflow }
            overflow = keys.count
            keys.append(other())
            rows.append(row)
            return keys.count - 1
        }
        if keys.count * 2 >= slots.count { grow() }
        keys.append(key)
        rows.append(row)
        hashes.append(hash)
        place(keys.count - 1)
        return keys.count - 1
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for index in hashes.indices { place(index) }
    }

    private mutating func place(_ index: Int) {
        let mask = slots.count - 1
        var place = Self.start(hashes[index], mask)
        while slots[place] >= 0 { place = (place + 1) & mask }
        slots[place] = Int32(index)
    }

    /// The upper bits of a product are the mixed ones.
    private static func start(_ hash: UInt64, _ mask: Int) -> Int {
        Int(truncatingIfNeeded: hash >> 32) & mask
    }
}
