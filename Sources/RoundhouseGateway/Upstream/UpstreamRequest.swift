internal import NIOCore
internal import RoundhouseCore

/// Writes a request for an upstream: its head by hand, the client's bytes with the patch applied.
enum UpstreamRequest {
    /// From this size on, pieces of the client's body are passed on as they are, behind the head and not copied next to
    /// it: one copy less against one entry more in the system call.
    private static let copyLimit = 16_384

    struct Head {
        var path: String
        var endpoint: Endpoint
        var template: UpstreamTemplate
        /// Sent as a bearer token to an engine that we launched with a key of its own.
        var engineKey: Secret?
        var requestID: String
        /// Of a form; what the template says otherwise.
        var contentType: String?
        /// What clients call this gateway, for URLs that an engine of ours makes.
        var publicHost: (scheme: String, host: String)?
        var via: String?
        var traceParent: String?
        var traceState: String?
        /// Further lines, which a client sent.
        var more: [(name: String, value: String)] = []
    }

    /// Calls `write` with the request's buffers in order.
    static func write(_ head: Head, body: ByteBuffer, patch: BodyPatch, _ write: (ByteBuffer) -> Void) {
        let length = patch.length(of: body.readableBytes)
        var buffer = ByteBufferAllocator().buffer(capacity: 640 + (length < copyLimit ? length : 4096))
        writeHead(head, length: length, to: &buffer)
        if length < copyLimit {
            body.withUnsafeReadableBytes { original in
                patch.write(original) { buffer.writeBytes($0) }
            }
            write(buffer)
            return
        }
        body.withUnsafeReadableBytes { original in
            patch.write(original) { piece in
                guard piece.count >= copyLimit, let base = original.baseAddress, let start = piece.baseAddress,
                    start >= base, start + piece.count <= base + original.count,
                    let slice = body.getSlice(at: body.readerIndex + (start - base), length: piece.count)
                else {
                    buffer.writeBytes(piece)
                    return
                }
                if buffer.readableBytes > 0 { write(buffer) }
                buffer = ByteBuffer()
                write(slice)
            }
        }
        if buffer.readableBytes > 0 { write(buffer) }
    }

    /// Appends the head of a request whose body has `length` bytes.
    static func writeHead(_ head: Head, length: Int, to buffer: inout ByteBuffer) {
        buffer.writeHead(expected: 640) { writer in
            writer.write("POST " as StaticString)
            writer.write(head.endpoint.basePath)
            writer.write(head.path)
            writer.write(" HTTP/1.1\r\nhost: " as StaticString)
            writer.write(head.endpoint.hostHeader)
            writer.write("\r\n" as StaticString)
            writer.write(head.template.headers)
            if let type = head.contentType { writer.line("content-type: ", type) }
            if let key = head.engineKey { writer.line("authorization: Bearer ", key.reveal()) }
            writer.line("x-request-id: ", head.requestID)
            if let host = head.publicHost {
                writer.line("x-forwarded-proto: ", host.scheme)
                writer.line("x-forwarded-host: ", host.host)
            }
            if let via = head.via { writer.line("via: ", via) }
            if let trace = head.traceParent { writer.line("traceparent: ", trace) }
            if let state = head.traceState { writer.line("tracestate: ", state) }
            for (name, value) in head.more {
                writer.write(name)
                writer.line(": ", value)
            }
            writer.write("content-length: " as StaticString)
            writer.decimal(length)
            writer.write("\r\n\r\n" as StaticString)
        }
    }
}
