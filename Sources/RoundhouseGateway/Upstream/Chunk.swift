internal import NIOCore

/// Chunks of HTTP/1.1 (RFC 9112, section 7.1).
enum Chunk {
    /// Puts a chunk's head into the room in front of the payload that `buffer` holds, and its end behind it.
    static func wrap(_ buffer: inout ByteBuffer, size: Int, room: Int) {
        var index = room - 2
        buffer.setInteger(UInt16(0x0d0a), at: index)
        var rest = size
        repeat {
            index -= 1
            let digit = UInt8(rest & 15)
            buffer.setInteger(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10, at: index)
            rest >>= 4
        } while rest > 0
        buffer.moveReaderIndex(to: index)
        buffer.writeStaticString("\r\n")
    }

    /// Text as a chunk of its own.
    static func whole(_ text: String) -> ByteBuffer { chunk(Array(text.utf8), end: "\r\n") }

    /// `payload` as a chunk of its own, and the end of the body behind it.
    static func lastWords(_ payload: [UInt8]) -> ByteBuffer { chunk(payload, end: "\r\n0\r\n\r\n") }

    private static func chunk(_ payload: [UInt8], end: StaticString) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString(String(payload.count, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(payload)
        buffer.writeStaticString(end)
        return buffer
    }
}
