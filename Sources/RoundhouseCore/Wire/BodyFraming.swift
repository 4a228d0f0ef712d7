/// Finds the payload and the end of an HTTP/1.1 message body (RFC 9112, section 6) in bytes that arrive in any pieces.
///
/// Pure and incremental: the caller feeds every byte once, in order, and asks for one step after the other.
public struct BodyFraming: Sendable {
    /// How the end of the body is known.
    public enum Kind: Sendable, Equatable {
        /// So many bytes.
        case length(Int)
        /// Chunks, up to the one of size 0 and its trailers.
        case chunked
        /// Everything until the connection closes. There is no way to tell a complete body from a cut one.
        case untilClose
    }

    /// What stands next in the bytes.
    public enum Step: Sendable, Equatable {
        /// Payload in this range of the bytes.
        case payload(Range<Int>)
        /// A whole chunk, its closing CRLF included, ends before this offset.
        case chunkEnd(Int)
        /// The body ends before this offset; what follows does not belong to it.
        case end(Int)
        /// All bytes are used up.
        case needMore
        /// The framing is broken; a sentence that says how.
        case malformed(String)
    }

    private enum State: Sendable {
        case size(digits: Int)
        case chunkExtension
        case sizeLineFeed
        case data
        case dataCarriageReturn
        case dataLineFeed
        case trailerStart
        case trailerLine
        case finalLineFeed
        case ended
    }

    /// How the end is known.
    public let kind: Kind
    private var state: State
    private var remaining: Int
    private var overhead = 0

    /// The longest size line and trailer section that is accepted, in bytes.
    private static let overheadLimit = 8192

    /// A body of this kind, nothing of which has been seen.
    public init(_ kind: Kind) {
        self.kind = kind
        switch kind {
        case .length(let count):
            state = count == 0 ? .ended : .data
            remaining = count
        case .chunked:
            state = .size(digits: 0)
            remaining = 0
        case .untilClose:
            state = .data
            remaining = .max
        }
    }

    /// Whether the end has been seen.
    public var isComplete: Bool {
        if case .ended = state { return true }
        return false
    }

    /// Whether a connection that closes now has delivered the whole body, as far as the framing can tell.
    public var mayCloseHere: Bool { isComplete || kind == .untilClose }

    /// The next step in `bytes` from `offset` on.
    @inline(__always)
    public mutating func step(_ bytes: UnsafeRawBufferPointer, from offset: Int) -> Step {
        if case .data = state {
            let available = bytes.count - offset
            if available == 0 { return .needMore }
            if available < remaining {
                if kind != .untilClose { remaining -= available }
                return .payload(offset..<bytes.count)
            }
            let end = offset + remaining
            remaining = 0
            state = kind == .chunked ? .dataCarriageReturn : .ended
            return .payload(offset..<end)
        }
        return framingStep(bytes, from: offset)
    }

    private mutating func framingStep(_ bytes: UnsafeRawBufferPointer, from offset: Int) -> Step {
        var index = offset
        while true {
            if case .ended = state { return .end(index) }
            if case .data = state { return step(bytes, from: index) }
            guard index < bytes.count else { return .needMore }
            if let next = usualStep(bytes, &index) {
                if let step = next { return step }
                continue
            }
            let byte = bytes[index]
            index += 1
            switch state {
            case .size(let digits):
                if let value = hexValue(byte) {
                    guard digits < 12 else { return .malformed("a chunk's size has too many digits") }
                    remaining = remaining << 4 | value
                    state = .size(digits: digits + 1)
                } else if digits == 0 {
                    return .malformed("a chunk begins without a size")
                } else if byte == UInt8(ascii: "\r") {
                    state = .sizeLineFeed
                } else if byte == UInt8(ascii: ";") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                    overhead = 0
                    state = .chunkExtension
                } else {
                    return .malformed("a chunk's size holds something that is no hexadecimal digit")
                }
            case .chunkExtension:
                overhead += 1
                if byte == UInt8(ascii: "\r") {
                    state = .sizeLineFeed
                } else if byte == UInt8(ascii: "\n") || overhead > Self.overheadLimit {
                    return .malformed("a chunk's extension is too long or does not end in CRLF")
                }
            case .sizeLineFeed:
                guard byte == UInt8(ascii: "\n") else { return .malformed("a chunk's size does not end in CRLF") }
                overhead = 0
                state = remaining == 0 ? .trailerStart : .data
            case .dataCarriageReturn:
                guard byte == UInt8(ascii: "\r") else { return .malformed("a chunk is longer than its size says") }
                state = .dataLineFeed
            case .dataLineFeed:
                guard byte == UInt8(ascii: "\n") else { return .malformed("a chunk is longer than its size says") }
                remaining = 0
                state = .size(digits: 0)
                return .chunkEnd(index)
            case .trailerStart:
                state = byte == UInt8(ascii: "\r") ? .finalLineFeed : .trailerLine
            case .trailerLine:
                overhead += 1
                guard overhead <= Self.overheadLimit else { return .malformed("the trailers are too long") }
                if byte == UInt8(ascii: "\n") { state = .trailerStart }
            case .finalLineFeed:
                guard byte == UInt8(ascii: "\n") else { return .malformed("the last chunk does not end in CRLF") }
                state = .ended
            case .data, .ended:
                break
            }
        }
    }

    /// The two things that all but a few chunks consist of, where they are not split between reads: a size line without
    /// extension, and the end of a line behind the payload. nil if it is something else, which goes byte by byte.
    private mutating func usualStep(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> Step?? {
        switch state {
        case .size(digits: 0):
            var end = index
            var value = 0
            while end < bytes.count, end < index + 8, let digit = hexValue(bytes[end]) {
                value = value << 4 | digit
                end += 1
            }
            guard end > index, end + 1 < bytes.count, bytes[end] == 0x0d, bytes[end + 1] == 0x0a else { return nil }
            index = end + 2
            overhead = 0
            remaining = value
            state = value == 0 ? .trailerStart : .data
            return .some(nil)
        case .dataCarriageReturn:
            guard index + 1 < bytes.count, bytes[index] == 0x0d, bytes[index + 1] == 0x0a else { return nil }
            index += 2
            remaining = 0
            state = .size(digits: 0)
            return .chunkEnd(index)
        default: return nil
        }
    }

    @inline(__always)
    private func hexValue(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte &- UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte &- UInt8(ascii: "a") &+ 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte &- UInt8(ascii: "A") &+ 10)
        default: nil
        }
    }
}
