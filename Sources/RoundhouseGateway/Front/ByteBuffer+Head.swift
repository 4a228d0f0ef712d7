internal import NIOCore
internal import RoundhouseCore

extension ByteBuffer {
    /// Appends a head; `expected` is the room that it will most likely need, in bytes.
    mutating func writeHead(expected: Int, _ body: (inout TextWriter) -> Void) {
        var room = expected
        var fits = false
        while !fits {
            writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
                var writer = TextWriter(memory)
                body(&writer)
                fits = writer.fits
                room = writer.count
                return fits ? writer.count : 0
            }
        }
    }
}
