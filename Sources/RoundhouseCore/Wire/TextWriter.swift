#if canImport(Glibc)
private import Glibc
#endif

/// Writes a text of many short pieces, a message head or a log line, into memory that was reserved for all of it.
///
/// Each piece written to an array or a buffer of its own kind checks for uniqueness and room and may move everything;
/// together that costs more than the text. Here only the room is checked. What does not fit is counted and not
/// written, and the caller begins again with enough room.
public struct TextWriter {
    private let memory: UnsafeMutableRawBufferPointer
    /// Bytes that the text takes, also those for which there was no room.
    public private(set) var count = 0

    /// Writes to the beginning of `memory`, which must outlive the writer.
    public init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    /// Whether everything has been written.
    public var fits: Bool { count <= memory.count }

    /// Writes bytes.
    @inline(__always)
    public mutating func write(_ bytes: UnsafeRawBufferPointer) {
        let start = count
        count += bytes.count
        guard count <= memory.count, let base = memory.baseAddress, let source = bytes.baseAddress else { return }
        memcpy(base + start, source, bytes.count)
    }

    /// Writes constant text.
    @inline(__always)
    public mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Writes bytes.
    public mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0) }
    }

    /// Writes text.
    public mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    /// Writes a header line.
    public mutating func line(_ name: StaticString, _ value: String) {
        write(name)
        write(value)
        write("\r\n" as StaticString)
    }

    /// Writes a number that is not negative in decimal, with zeros in front up to `width` digits (20 at most).
    public mutating func decimal(_ number: Int, width: Int = 1) {
        var rest = UInt64(bitPattern: Int64(number))
        let digits = max(Self.digits(rest), width)
        let start = count
        count += digits
        guard count <= memory.count, let base = memory.baseAddress else { return }
        var place = start + digits
        // Two at a time: a division costs more than all else.
        while place - start >= 2 {
            let pair = Int(truncatingIfNeeded: rest % 100) * 2
            rest /= 100
            place -= 2
            base.storeBytes(of: Self.pairs.utf8Start[pair], toByteOffset: place, as: UInt8.self)
            base.storeBytes(of: Self.pairs.utf8Start[pair + 1], toByteOffset: place + 1, as: UInt8.self)
        }
        if place > start {
            base.storeBytes(
                of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10), toByteOffset: start, as: UInt8.self)
        }
    }

    @inline(__always)
    private static func digits(_ number: UInt64) -> Int {
        var rest = number
        var count = 0
        while rest >= 10_000 {
            rest /= 10_000
            count += 4
        }
        return count + (rest < 100 ? (rest < 10 ? 1 : 2) : (rest < 1000 ? 3 : 4))
    }

    /// 00 to 99.
    private static var pairs: StaticString {
        """
        0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """
    }

    /// Writes `text` as the content of a JSON string (see `JSONText`).
    public mutating func json(_ text: String) {
        var text = text
        let isPlain = text.withUTF8 { source in
            guard JSONText.isPlain(UnsafeRawBufferPointer(source)) else { return false }
            write(UnsafeRawBufferPointer(source))
            return true
        }
        if !isPlain { write(JSONText.escaped(text)) }
    }

    /// Writes an amount exactly, as `Money.description` has it.
    public mutating func money(_ amount: Money) {
        if amount.billionths < 0 { write("-" as StaticString) }
        let magnitude = amount.billionths.magnitude
        decimal(Int(magnitude / 1_000_000_000))
        var rest = Int(magnitude % 1_000_000_000)
        guard rest > 0 else { return }
        var width = 9
        while rest % 10 == 0 {
            rest /= 10
            width -= 1
        }
        write("." as StaticString)
        decimal(rest, width: width)
    }

    /// Writes microseconds as milliseconds with three decimals.
    public mutating func milliseconds(_ microseconds: Int) {
        let microseconds = max(0, microseconds)
        decimal(microseconds / 1000)
        let rest = microseconds % 1000
        let zero = UInt8(ascii: "0")
        let text = (UInt8(ascii: "."), zero + UInt8(rest / 100), zero + UInt8(rest / 10 % 10), zero + UInt8(rest % 10))
        withUnsafeBytes(of: text) { write($0) }
    }
}
