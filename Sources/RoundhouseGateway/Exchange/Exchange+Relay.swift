internal import NIOCore
internal import RoundhouseCore

extension Exchange {
    /// Up to this size a body's first bytes are copied behind the head, so that a short answer is one write.
    private static let joinLimit = 2048

    /// Passes on what was read of the answer's body.
    func relayBytes(_ bytes: ByteBuffer) {
        clock.read(now: .now())
        if let upload { bytes.withUnsafeReadableBytes { upload.audioTime?.scan($0) } }
        guard let relay else { return }
        switch relay.take(bytes, write: { writeOut($0) }) {
        case .open: break
        case .complete(let surplus):
            upstreamIsDone = !surplus
            finishRelay()
        case .endedEarly:
            flushRelay(last: false)
            upstreamLost(
                relay.translator == nil && !isNative
                    ? "ended its stream without [DONE]" : "ended its stream without saying that the answer is complete")
        case .malformed(let why):
            flushRelay(last: false)
            fail(.upstreamFailed("The upstream of \(model.name.quotedForMessage) sent a broken answer: \(why)."))
        }
    }

    /// Sends what has been passed on, once per read.
    func flushRelay(last: Bool) {
        if let ready = relay?.output(last: last) { writeOut(ready) }
        if last, let head = pendingHead.take() { writeHead(head) }
        if isFlushNeeded {
            isFlushNeeded = false
            client?.flush()
        }
    }

    /// The upstream closed in the middle of the body, or at the end of one that has no other end.
    func relayClosed() {
        if relay?.mayCloseHere == true {
            finishRelay()
        } else {
            upstreamLost("broke off in the middle of its answer")
        }
    }

    private func finishRelay() {
        if let translator = relay?.translator, translator.output == .object, let failure = translator.failure {
            fail(.upstreamFailed("The engine of \(model.name.quotedForMessage) failed: \(failure)"))
            return
        }
        flushRelay(last: true)
        complete()
    }

    private func writeOut(_ bytes: ByteBuffer) {
        if var head = pendingHead.take() {
            if bytes.readableBytes <= Self.joinLimit {
                head.writeImmutableBuffer(bytes)
                writeHead(head)
                return
            }
            writeHead(head)
        }
        client?.write(bytes)
        isFlushNeeded = true
    }

    private func writeHead(_ head: ByteBuffer) {
        headWritten = true
        record.firstByteMicroseconds = (NIODeadline.now() - startedAt).microseconds
        client?.write(head)
        isFlushNeeded = true
    }

    private func complete() {
        if relay?.sawError == true {
            end(
                .cut,
                error: .upstreamFailed(
                    "The engine of \(model.name.quotedForMessage) says in its stream that it failed."))
        } else {
            end(.ok, error: nil)
        }
        client?.answered(keepAlive: staysOpen)
    }

    /// Tells a client in its stream why the stream ends here, as far as that can still be said, and closes.
    func cutShort(_ answer: ErrorAnswer) {
        let general = api.other?.dialect.lastWords(answer) ?? ErrorBody.event(answer)
        guard let relay else {
            guard isCommitted else {
                client?.closeNow()
                return
            }
            client?.write(Chunk.lastWords(general))
            client?.flush()
            client?.answered(keepAlive: false)
            return
        }
        let words = relay.lastWords(answer) ?? general
        flushRelay(last: false)
        let isAtBoundary = self.relay?.isAtBoundary == true
        switch (relay.mode, relay.takesLastWords && isAtBoundary) {
        case (.raw, true) where relay.framingKind == .chunked, (.framed(_, chunked: true), true),
            (.translated(chunked: true), true):
            client?.write(Chunk.lastWords(words))
        case (.framed(_, chunked: false), true), (.translated(chunked: false), true):
            client?.write(ByteBuffer(bytes: words))
        default:
            // Only the missing end of the body can tell: it must not look like a complete one.
            break
        }
        client?.flush()
        client?.answered(keepAlive: false)
    }
}
