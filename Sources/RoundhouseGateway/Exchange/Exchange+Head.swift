internal import NIOCore
internal import RoundhouseCore
internal import RoundhouseWorkers

extension Exchange {
    /// The most of an upstream's error that is read, in bytes.
    private static let errorLimit = 65_536

    /// Reads the answer's head, if it is complete.
    func readHead() {
        while case .awaitingHead = phase {
            let head: ResponseHead?
            do {
                head = try received.withUnsafeReadableBytes { bytes throws(ResponseHeadError) in
                    try ResponseHeadParser.parse(bytes)
                }
            } catch {
                fail(.upstreamFailed("The upstream of \(model.name.quotedForMessage) answered with \(error.message)."))
                return
            }
            guard let head else { return }
            if head.isInterim {
                received.moveReaderIndex(forwardBy: head.consumed)
                continue
            }
            begin(head)
        }
    }

    private func begin(_ head: ResponseHead) {
        let framing = head.framing
        upstreamMayBeReused = head.keepAlive && framing != .untilClose
        guard (200..<300).contains(head.status) else {
            beginError(head, framing)
            return
        }
        routing?.judge(now: .now()) { $0.succeeded(now: $1) }
        if head.isEncoded {
            fail(
                .upstreamFailed(
                    "The upstream of \(model.name.quotedForMessage) compressed its answer although it was asked not to."
                ))
            return
        }
        if head.contentKind == .html, upload?.takesAnyText != true {
            fail(
                .upstreamFailed(
                    "The upstream of \(model.name.quotedForMessage) answered with a web page. Does its endpoint point at the API, "
                        + "with /v1 at its end if it needs it?"))
            return
        }
        if head.contentKind == .other, !api.answersAnything {
            fail(
                .upstreamFailed(
                    "The upstream of \(model.name.quotedForMessage) answered with something that is no JSON. Does its endpoint point "
                        + "at the API?"))
            return
        }
        let isEventStream = head.contentKind == .eventStream
        if let input = translator?.input, (input == .events) != isEventStream {
            let wanted = input == .events ? "a stream" : "an object"
            fail(
                .upstreamFailed(
                    "The engine of \(model.name.quotedForMessage) was asked for \(wanted) and answered with something else."
                ))
            return
        }
        if isCommitted, translator == nil, !isEventStream {
            fail(
                .upstreamFailed(
                    "The engine of \(model.name.quotedForMessage) was asked for a stream and answered with something else."
                ))
            return
        }
        let mode = RelayMode.pick(
            askedForUsage: askedForUsage, isTranslated: translator != nil, isEventStream: isEventStream,
            clientIsHTTP10: facts.isHTTP10, framing: framing, isCommitted: isCommitted)
        let habits = snapshot.habits[modelIndex]
        relay = RelayStream(
            mode: mode, framing: framing, isEventStream: isEventStream,
            endsWithDone: habits.endsStreamsWithDone && upload == nil && !isNative,
            ending: isNative ? api.other.map { StreamEnd($0.nativeEndings) } : nil, marksAborts: habits.marksAborts,
            translator: translator)
        if let upload, api.hears, head.contentKind == .json || isEventStream {
            upload.audioTime = AudioTimeScanner(framing)
        }
        if !isCommitted { record.status = head.status }
        pendingHead = isCommitted ? ByteBuffer() : makeClientHead(head, mode: mode, isEventStream: isEventStream)
        received.moveReaderIndex(forwardBy: head.consumed)
        phase = .relaying
        // An earlier answer on this connection may still be waiting for its reader.
        if !isAlone, !connection.isWritable { clientWritabilityChanged(false, now: .now()) }
        let rest = received
        received = ByteBuffer()
        if rest.readableBytes > 0 || relay?.isComplete == true { relayBytes(rest) }
    }

    /// The head that the client gets. What the upstream said about its connection, its cookies and itself stays here.
    private func makeClientHead(_ head: ResponseHead, mode: RelayMode, isEventStream: Bool) -> ByteBuffer {
        switch (mode, head.framing) {
        case (.framed(_, chunked: false), _), (.translated(chunked: false), _): closesClient = true
        default: break
        }
        let upstreamTime = (NIODeadline.now() - sentAt).microseconds
        let date = context.date()
        let form = translator?.output
        var buffer = ByteBufferAllocator().buffer(capacity: 1024)
        buffer.writeHead(expected: 1024) { writer in
            ClientHead.writeStatus(head.status, to: &writer)
            received.withUnsafeReadableBytes { bytes in
                head.forEachHeader(bytes) { name, value in
                    guard HeaderPolicy.passesOn(name), form == nil || !HeaderPolicy.isContentType(name) else { return }
                    writer.write(name)
                    writer.write(": " as StaticString)
                    writer.write(value)
                    writer.write("\r\n" as StaticString)
                }
            }
            if let form {
                writer.write("content-type: " as StaticString)
                writer.write(form.contentType)
                writer.write("\r\n" as StaticString)
            }
            switch (mode, head.framing) {
            case (.raw, .length(let count)):
                writer.write("content-length: " as StaticString)
                writer.decimal(count)
                writer.write("\r\n" as StaticString)
            case (.raw, _), (.framed(_, chunked: true), _), (.translated(chunked: true), _):
                writer.write("transfer-encoding: chunked\r\n" as StaticString)
            case (.framed(_, chunked: false), _), (.translated(chunked: false), _): break
            }
            if form.map({ $0 != .object }) ?? isEventStream {
                writer.write("cache-control: no-cache\r\nx-accel-buffering: no\r\n" as StaticString)
            }
            if let corsOrigin { CORS.write(corsOrigin, to: &writer) }
            admission.headers.write(to: &writer)
            writer.write(date)
            writer.line("x-request-id: ", requestID)
            writer.write(snapshot.modelHeaders[modelIndex])
            writer.line("x-roundhouse-route: ", record.reason ?? "")
            writer.write("server-timing: queue;dur=" as StaticString)
            writer.milliseconds(record.queueMicroseconds)
            writer.write(", load;dur=" as StaticString)
            writer.milliseconds(record.loadMicroseconds)
            writer.write(", upstream;dur=" as StaticString)
            writer.milliseconds(upstreamTime)
            writer.write(", overhead;dur=" as StaticString)
            writer.milliseconds(overheadMicroseconds)
            writer.write((staysOpen ? "\r\n\r\n" : "\r\nconnection: close\r\n\r\n") as StaticString)
        }
        return buffer
    }

    // Errors.

    private func beginError(_ head: ResponseHead, _ framing: BodyFraming.Kind) {
        // Whoever refuses an upload need not read the rest of it.
        upload?.sender?.stop()
        phase = .readingError(status: head.status, retryAfter: head.retryAfter)
        errorFraming = BodyFraming(framing)
        received.moveReaderIndex(forwardBy: head.consumed)
        let rest = received
        received = ByteBuffer()
        readError(rest)
    }

    /// Takes bytes of an upstream's error; it is answered when it is complete, or long enough.
    func readError(_ bytes: ByteBuffer) {
        guard case .readingError(let status, let retryAfter) = phase else { return }
        var isOver = false
        var surplus = false
        bytes.withUnsafeReadableBytes { all in
            var offset = 0
            scan: while true {
                switch errorFraming.step(all, from: offset) {
                case .payload(let range):
                    received.writeBytes(UnsafeRawBufferPointer(rebasing: all[range]))
                    offset = range.upperBound
                case .chunkEnd(let end): offset = end
                case .end(let end):
                    isOver = true
                    surplus = end < all.count
                    break scan
                case .needMore: break scan
                case .malformed:
                    isOver = true
                    surplus = true
                    break scan
                }
            }
        }
        if !isOver, received.readableBytes < Self.errorLimit { return }
        upstreamIsDone = isOver && !surplus
        failWithUpstreamError(status: status, retryAfter: retryAfter)
    }

    /// Answers with what the upstream said, in our words and shape.
    func failWithUpstreamError(status: Int, retryAfter: Int?) {
        let secrets = [model.apiKey, lease?.engineKey].compactMap { $0 }
        let parsed = received.withUnsafeReadableBytes { UpstreamErrorBody.parse($0, without: secrets) }
        fail(GatewayError(upstreamStatus: status, retryAfter: retryAfter, body: parsed, model: model))
    }
}

/// Which of an upstream's header lines a client gets.
enum HeaderPolicy {
    /// Only what describes the answer. Everything else stays: what belongs to the connection, cookies, server names, our own
    /// standing with the upstream, and whatever it may say that a client must not learn.
    static func passesOn(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 12: return matches(name, "content-type")
        case 16: return matches(name, "content-language")
        case 19: return matches(name, "content-disposition")
        case 20: return matches(name, "openai-processing-ms")
        default: return false
        }
    }

    static func isContentType(_ name: UnsafeRawBufferPointer) -> Bool { matches(name, "content-type") }

    private static func matches(_ name: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        name.count == text.utf8CodeUnitCount && hasPrefix(name, text)
    }

    private static func hasPrefix(_ name: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard name.count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount {
            let byte = name[index]
            let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
            if lower != text.utf8Start[index] { return false }
        }
        return true
    }
}
