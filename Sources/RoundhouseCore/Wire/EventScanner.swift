#if canImport(Glibc)
private import Glibc
#endif

/// Watches an event stream (text/event-stream, WHATWG HTML section 9.2) go by, in any pieces, without taking it apart:
/// where events end, how many carried data, and whether the stream said that it is done or has failed.
///
/// Lines end in LF or CRLF. A lone CR, which the standard also allows, is not treated as a line's end: no engine
/// sends it, and looking for it would cost a second search of every byte.
public struct EventScanner: Sendable {
    /// Complete events with a `data` line, `[DONE]` not counted.
    public private(set) var dataEvents = 0
    /// Whether `data: [DONE]` has been seen.
    public private(set) var sawDone = false
    /// Whether an event was an error: `event: error`, or data that begins with `{"error"`.
    public private(set) var sawError = false
    /// Whether the last byte seen was the end of an event (or nothing has been seen).
    public private(set) var atBoundary = true

    private enum Line: Sendable {
        /// Nothing of the line has been seen but perhaps a CR.
        case start
        /// So many bytes of the line, all of which agree with `Pattern` so far.
        case matching(Pattern, Int)
        /// The rest of the line does not matter.
        case rest
    }

    private enum Pattern: Sendable {
        case data, done, error, eventError
    }

    /// `data: {"`, as eight bytes in memory order.
    private static let usualStart: UInt64 = 0x227b_203a_6174_6164

    private var line = Line.start
    private var hasData = false

    /// At the beginning of a stream.
    public init() {}

    /// Scans on from `offset` until an event ends, and returns the offset behind it; nil when all bytes are used up and
    /// the event goes on.
    public mutating func nextEventEnd(in bytes: UnsafeRawBufferPointer, from offset: Int) -> Int? {
        var index = offset
        let count = bytes.count
        while index < count {
            let byte = bytes[index]
            switch line {
            case .rest:
                guard let base = bytes.baseAddress, let hit = memchr(base + index, 0x0a, count - index) else {
                    return nil
                }
                index = UnsafeRawPointer(hit) - base + 1
                line = .start
            case .start:
                // What nearly every line of these streams begins with, in one comparison; an error is looked at closely.
                if index + 8 < count, bytes[index + 8] != UInt8(ascii: "e"),
                    bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian == Self.usualStart
                {
                    atBoundary = false
                    hasData = true
                    line = .rest
                    index += 8
                    continue
                }
                index += 1
                if byte == UInt8(ascii: "\n") {
                    endEvent()
                    return index
                }
                atBoundary = false
                if byte == UInt8(ascii: "d") {
                    line = .matching(.data, 1)
                } else if byte == UInt8(ascii: "e") {
                    line = .matching(.eventError, 1)
                } else if byte != UInt8(ascii: "\r") {
                    line = .rest
                }
            case .matching(let pattern, let matched):
                index += match(byte, pattern, matched) ? 1 : 0
            }
        }
        return nil
    }

    /// Takes `byte` into the line's pattern; false if it belongs to the rest of the line.
    private mutating func match(_ byte: UInt8, _ pattern: Pattern, _ matched: Int) -> Bool {
        let text: StaticString =
            switch pattern {
            case .data: "data:"
            case .done: "[DONE]"
            case .error: "{\"error\""
            case .eventError: "event: error"
            }
        guard matched < text.utf8CodeUnitCount, byte == text.utf8Start[matched] else {
            if pattern == .data, matched == 5 { return beginData(byte) }
            line = .rest
            return false
        }
        let now = matched + 1
        line = .matching(pattern, now)
        if now == text.utf8CodeUnitCount {
            switch pattern {
            case .data: hasData = true
            case .done:
                sawDone = true
                hasData = false
                line = .rest
            case .error, .eventError:
                sawError = true
                line = .rest
            }
        }
        return true
    }

    /// The first byte of a data line's value, or a space before it.
    private mutating func beginData(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "): return true
        case UInt8(ascii: "["): line = .matching(.done, 1)
        case UInt8(ascii: "{"): line = .matching(.error, 1)
        default:
            line = .rest
            return false
        }
        return true
    }

    private mutating func endEvent() {
        if hasData { dataEvents += 1 }
        hasData = false
        atBoundary = true
        line = .start
    }
}
