internal import NIOCore
internal import RoundhouseCore
internal import RoundhouseWorkers

/// Streams whose client is told that they wait, so that neither it nor a proxy gives up: `loading_state: comment` of a model.
extension Exchange {
    /// After so long without a word, and again each time.
    private static let silence = TimeAmount.seconds(2)

    /// Sends a comment (https://html.spec.whatwg.org/multipage/server-sent-events.html), which every reader of events skips, if it is
    /// time for one. The first commits the answer's status: what fails from then on is told in the stream. Other models may still be
    /// tried, until the first byte of an answer.
    func tellWaiting(now: NIODeadline) {
        guard model.tellsWaiting, record.stream, !facts.isHTTP10, translator?.output ?? .events == .events,
            ownAnswer == nil,
            now >= (toldWaitingAt ?? bodyCompleteAt) + Self.silence
        else { return }
        toldWaitingAt = now
        if !isCommitted {
            isCommitted = true
            record.status = 200
            client?.write(committedHead())
        }
        let seconds = (now - bodyCompleteAt).nanoseconds / 1_000_000_000
        client?.write(Chunk.whole(": \(model.name.headerSafe) is loading or busy, \(seconds) s\(prospect)\n\n"))
        client?.flush()
    }

    /// Where the request stands in the queue of its model, if it does: `, place 3, about 12 s more`.
    private var prospect: String {
        guard case .leasing(let ticket?) = phase, let outlook = snapshot.workers.outlook(ticket) else { return "" }
        let estimate = outlook.estimate.map { ", about \(max(1, Int($0.rounded(.up)))) s more" } ?? ""
        return ", place \(outlook.position)\(estimate)"
    }

    /// The head of a stream of which nothing is known yet, not even which model it will be of.
    private func committedHead() -> ByteBuffer {
        let date = context.date()
        var buffer = ByteBufferAllocator().buffer(capacity: 512)
        buffer.writeHead(expected: 512) { writer in
            ClientHead.writeStatus(200, to: &writer)
            writer.write("content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n" as StaticString)
            writer.write("cache-control: no-cache\r\nx-accel-buffering: no\r\n" as StaticString)
            if let corsOrigin { CORS.write(corsOrigin, to: &writer) }
            admission.headers.write(to: &writer)
            writer.write(date)
            writer.line("x-request-id: ", requestID)
            writer.write((staysOpen ? "\r\n" : "connection: close\r\n\r\n") as StaticString)
        }
        return buffer
    }
}
