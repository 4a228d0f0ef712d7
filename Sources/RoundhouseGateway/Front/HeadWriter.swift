internal import NIOCore

#if canImport(Glibc)
private import Glibc
#endif

/// Writes the text of a message head into memory that was reserved for all of it.
///
/// A head is some forty short pieces. Each of them written to a `ByteBuffer` checks for uniqueness and room, which
/// together cost more than the rest of the head; here only the room is checked. What does not fit is counted and not
/// written, and the whole head is written again with enough room.
struct HeadWriter {
    private let memory: UnsafeMutableRawBufferPointer
    /// Bytes that the head takes, also those for which there was no room.
    private(set) var count = 0

    fileprivate init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    fileprivate var fits: Bool { count <= memory.count }

    /// Writes bytes.
    @inline(__always)
    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        let start = count
        count += bytes.count
        guard count <= memory.count, let base = memory.baseAddress, let source = bytes.baseAddress else { return }
        memcpy(base + start, source, bytes.count)
    }

    /// Writes constant text.
    @inline(__always)
    mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Writes bytes.
    mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0) }
    }

    /// Writes text.
    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    /// Writes a header line.
    mutating func line(_ name: StaticString, _ value: String) {
        write(name)
        write(value)
        write("\r\n" as StaticString)
    }

    /// Writes a number that is not negative in decimal.
    mutating func decimal(_ number: Int) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { scratch in
            var rest = UInt(bitPattern: number)
            var index = scratch.count
            repeat {
                index -= 1
                scratch[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            write(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[index...]))
        }
    }

    /// Writes microseconds as milliseconds with three decimals.
    mutating func milliseconds(_ microseconds: Int) {
        let microseconds = max(0, microseconds)
        decimal(microseconds / 1000)
        let rest = microseconds % 1000
        let zero = UInt8(ascii: "0")
        let text = (UInt8(ascii: "."), zero + UInt8(rest / 100), zero + UInt8(rest / 10 % 10), zero + UInt8(rest % 10))
        withUnsafeBytes(of: text) { write($0) }
    }
}

extension ByteBuffer {
    /// Appends a head; `expected` is the room that it will most likely need, in bytes.
    mutating func writeHead(expected: Int, _ body: (inout HeadWriter) -> Void) {
        var room = expected
        var fits = false
        while !fits {
            writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
                var writer = HeadWriter(memory)
                body(&writer)
                fits = writer.fits
                room = writer.count
                return fits ? writer.count : 0
            }
        }
    }
}
