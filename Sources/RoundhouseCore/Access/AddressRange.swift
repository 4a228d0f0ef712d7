/// A block of IP addresses as `10.0.0.0/8`, `fd00::/8`, or one address. IPv4 addresses that come mapped into IPv6
/// (`::ffff:10.1.2.3`) count as what they are, and so do blocks of them (`::ffff:10.0.0.0/104`).
public struct AddressRange: Sendable, Equatable {
    private let bytes: [UInt8]
    private let bits: Int

    /// Reads a block; nil if it is none, or if bits behind the prefix are set.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = Self.address(String(parts[0])) else { return nil }
        bytes = address
        if parts.count == 2 {
            // A mapped address was written with the 96 bits in front of it.
            let mapped = address.count == 4 && parts[0].contains(":") ? 96 : 0
            guard let bits = Self.prefix(parts[1]), (mapped...mapped + address.count * 8).contains(bits) else {
                return nil
            }
            self.bits = bits - mapped
        } else {
            bits = address.count * 8
        }
        for index in bits..<address.count * 8 where address[index / 8] & (0x80 >> UInt8(index % 8)) != 0 { return nil }
    }

    /// Whether an address lies in the block.
    public func contains(_ text: String) -> Bool {
        guard let address = Self.address(text), address.count == bytes.count else { return false }
        for index in 0..<bits where (address[index / 8] ^ bytes[index / 8]) & (0x80 >> UInt8(index % 8)) != 0 {
            return false
        }
        return true
    }

    private static func prefix(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int(text)
    }

    /// The 4 or 16 bytes of an address; nil if the text is none. Zones (`%eth0`) are not taken.
    static func address(_ text: String) -> [UInt8]? {
        guard text.contains(":") else { return ipv4(text[...]) }
        var head = text[...]
        var tail: [UInt8] = []
        if text.contains("."), let colon = text.lastIndex(of: ":") {
            guard let last = ipv4(text[text.index(after: colon)...]) else { return nil }
            tail = last
            head = text[...colon]
            if !head.hasSuffix("::") { head = head.dropLast() }
        }
        let halves = head.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2, let front = groups(halves[0]) else { return nil }
        var result: [UInt8]
        if halves.count == 2 {
            guard let back = groups(halves[1]) else { return nil }
            let gap = 16 - front.count - back.count - tail.count
            guard gap >= 2 else { return nil }
            result = front + [UInt8](repeating: 0, count: gap) + back + tail
        } else {
            result = front + tail
        }
        guard result.count == 16 else { return nil }
        if result[..<10].allSatisfy({ $0 == 0 }), result[10] == 0xff, result[11] == 0xff {
            result = Array(result[12...])
        }
        return result
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        for group in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard (1...4).contains(group.utf8.count), group.utf8.allSatisfy(isHexDigit),
                let value = UInt16(group, radix: 16)
            else { return nil }
            bytes += [UInt8(value >> 8), UInt8(value & 0xff)]
        }
        return bytes
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
    }

    private static func ipv4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            // Zeros in front are octal to some readers and decimal to others.
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                part.utf8.count == 1 || part.utf8.first != UInt8(ascii: "0"), let byte = UInt8(part)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
