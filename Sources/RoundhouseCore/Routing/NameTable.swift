/// A dictionary from names to small numbers that is asked with bytes, so that a request's model name needs no `String`.
///
/// Immutable, hence shared freely. Open addressing over FNV-1a; the names are the operator's own, so that nobody can
/// choose them to collide.
public struct NameTable: Sendable {
    private struct Slot: Sendable {
        var hash: UInt64
        var start: Int32
        var count: Int32
        var value: Int32
    }

    private let slots: [Slot]
    private let bytes: [UInt8]
    private let mask: Int

    /// A table of these names; of two equal names the first counts.
    public init(_ entries: [(name: String, value: Int)]) {
        var capacity = 8
        while capacity < entries.count * 2 { capacity *= 2 }
        mask = capacity - 1
        var slots = [Slot](repeating: Slot(hash: 0, start: 0, count: -1, value: 0), count: capacity)
        var bytes: [UInt8] = []
        for entry in entries {
            let name = Array(entry.name.utf8)
            let hash = name.withUnsafeBytes(Self.hash)
            var index = Int(truncatingIfNeeded: hash) & mask
            while slots[index].count >= 0 { index = (index + 1) & mask }
            slots[index] = Slot(
                hash: hash, start: Int32(bytes.count), count: Int32(name.count), value: Int32(entry.value))
            bytes += name
        }
        self.slots = slots
        self.bytes = bytes
    }

    /// The value of the name that has exactly these bytes.
    public func value(for name: UnsafeRawBufferPointer) -> Int? {
        let hash = Self.hash(name)
        var index = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[index]
            if slot.count < 0 { return nil }
            if slot.hash == hash, Int(slot.count) == name.count, matches(slot, name) { return Int(slot.value) }
            index = (index + 1) & mask
        }
    }

    private func matches(_ slot: Slot, _ name: UnsafeRawBufferPointer) -> Bool {
        bytes.withUnsafeBytes { all in
            let own = UnsafeRawBufferPointer(rebasing: all[Int(slot.start)..<Int(slot.start + slot.count)])
            return own.elementsEqual(name)
        }
    }

    private static func hash(_ name: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}
