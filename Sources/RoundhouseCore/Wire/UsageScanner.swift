#if canImport(Glibc)
private import Glibc
#endif

/// Finds the `usage` object in an answer's bytes, in any pieces, without decoding them.
///
/// It looks for `"usage"`, a colon and a brace. Those seven bytes cannot stand inside a JSON string: the quotes of a
/// string's content are escaped, so that a `"` in front of `usage` opens or closes a string, and in valid JSON no
/// letter follows a closing one. The last object found counts, and what it leaves unsaid is taken from those before.
public struct UsageScanner: Sendable {
    /// What was found.
    public var usage: TokenUsage? { report?.usage }

    private enum State: Sendable {
        /// Looking for the key; so many bytes of it were the last ones seen.
        case searching(matched: Int)
        /// The key is there; a colon or a brace must follow.
        case behindKey
        /// Inside the object.
        case capturing
    }

    private var report: UsageReport?
    private var state = State.searching(matched: 0)
    private var captured: [UInt8] = []
    private var depth = 0

    private static let key: StaticString = "\"usage\""
    /// The longest object that is read, in bytes.
    private static let captureLimit = 4096

    /// At the beginning of a body.
    public init() {}

    /// Takes the next piece.
    public mutating func scan(_ piece: UnsafeRawBufferPointer) {
        var index = 0
        while index < piece.count {
            switch state {
            case .searching(let matched):
                if matched > 0 {
                    index = resume(matched, piece)
                } else if let end = Self.find(piece, from: index) {
                    state = .behindKey
                    index = end
                } else {
                    state = .searching(matched: Self.tail(piece, from: index))
                    return
                }
            case .behindKey:
                let byte = piece[index]
                if byte == UInt8(ascii: "{") {
                    if let end = Self.objectEnd(piece, from: index) {
                        note(UnsafeRawBufferPointer(rebasing: piece[index..<end]))
                        index = end
                        continue
                    }
                    state = .capturing
                    captured.removeAll(keepingCapacity: true)
                    depth = 0
                } else if byte == UInt8(ascii: ":") || byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
                    index += 1
                } else {
                    state = .searching(matched: 0)
                }
            case .capturing:
                capture(piece[index])
                index += 1
            }
        }
    }

    /// Goes on with a key that began in an earlier piece; returns where to read on.
    private mutating func resume(_ matched: Int, _ piece: UnsafeRawBufferPointer) -> Int {
        var matched = matched
        var index = 0
        while index < piece.count, matched < Self.key.utf8CodeUnitCount {
            guard piece[index] == Self.key.utf8Start[matched] else {
                state = .searching(matched: 0)
                // The byte that does not fit may itself be a quote that opens the key.
                return index
            }
            matched += 1
            index += 1
        }
        state = matched == Self.key.utf8CodeUnitCount ? .behindKey : .searching(matched: matched)
        return index
    }

    private mutating func note(_ object: UnsafeRawBufferPointer) {
        if let found = UsageReport(object: object) {
            if report == nil { report = found } else { report?.update(with: found) }
        }
        state = .searching(matched: 0)
    }

    /// Where the object ends that begins at `start`, if it ends in this piece, as it nearly always does.
    private static func objectEnd(_ piece: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var depth = 0
        for index in start..<min(piece.count, start + captureLimit) {
            switch piece[index] {
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return index + 1 }
            default: break
            }
        }
        return nil
    }

    private mutating func capture(_ byte: UInt8) {
        captured.append(byte)
        if byte == UInt8(ascii: "{") {
            depth += 1
        } else if byte == UInt8(ascii: "}") {
            depth -= 1
            if depth == 0 {
                let object = captured
                object.withUnsafeBytes { note($0) }
            }
        }
        if captured.count > Self.captureLimit { state = .searching(matched: 0) }
    }

    /// Where the key ends that stands first in `bytes` from `start` on. Looks for its `g`, the rarest of its letters in
    /// what engines write, and then at the letters around it.
    @inline(__always)
    private static func find(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var index = start + 4
        while index + 2 < bytes.count, let hit = memchr(base + index, 0x67, bytes.count - 2 - index) {
            let place = UnsafeRawPointer(hit) - base
            if UnsafeRawBufferPointer(rebasing: bytes[place - 4..<place + 3]).equals(key) { return place + 3 }
            index = place + 1
        }
        return nil
    }

    /// How many of the last bytes are the beginning of the key.
    private static func tail(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        for count in stride(from: min(6, bytes.count - start), to: 0, by: -1) {
            let base = bytes.count - count
            if (0..<count).allSatisfy({ bytes[base + $0] == key.utf8Start[$0] }) { return count }
        }
        return 0
    }

    /// The usage in one complete event.
    public static func usage(in event: UnsafeRawBufferPointer) -> TokenUsage? {
        guard find(event, from: 0) != nil else { return nil }
        var scanner = UsageScanner()
        scanner.scan(event)
        return scanner.usage
    }

    /// Whether an event is the one that `include_usage` adds: `choices` is there and empty. Only such an event may be
    /// kept from a client; some engines report usage along with text.
    public static func isUsageOnlyChunk(_ event: UnsafeRawBufferPointer) -> Bool {
        let key: StaticString = "\"choices\""
        var index = 0
        while index + 9 <= event.count {
            guard event[index] == UInt8(ascii: "\""),
                UnsafeRawBufferPointer(rebasing: event[index..<index + 9]).equals(key)
            else {
                index += 1
                continue
            }
            let rest = event[(index + 9)...].lazy.filter { $0 != 0x20 && $0 != 0x0a && $0 != 0x0d && $0 != 0x09 }
            return rest.prefix(3).elementsEqual(":[]".utf8)
        }
        return false
    }
}
