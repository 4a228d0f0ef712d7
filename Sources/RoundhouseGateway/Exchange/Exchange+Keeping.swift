internal import NIOCore
internal import RoundhouseCore

/// A request whose answer is to be kept, or that goes on from one that was.
struct KeptRequest {
    let keeping: any DialectKeeping
    let wish: KeepingWish
    /// The request with its whole conversation, in which its items stand.
    let body: ByteBuffer
}

extension Exchange {
    /// What the client wants kept, if that is done here; a request that goes on from an answer is completed first.
    /// - Returns: whether it is on its way already, or refused.
    func beginKeeping() -> Bool {
        guard let keeping = api.other?.keeping, let archive = shared.archive else { return false }
        let wish: KeepingWish
        do {
            wish = try body.withUnsafeReadableBytes { bytes throws(EnvelopeError) in
                // What is no request at all is refused with everything else.
                _ = try RequestEnvelope.scan(bytes)
                return try keeping.wish(bytes)
            }
        } catch {
            fail(.invalidBody(message: error.message, parameter: error.parameter))
            return true
        }
        guard let previous = wish.previous else {
            if wish.isKept { kept = KeptRequest(keeping: keeping, wish: wish, body: body) }
            return false
        }
        phase = .fetching
        let bound = NIOLoopBound(self, eventLoop: context.loop)
        let loop = context.loop
        archive.find(previous, owner: principal.archiveOwner) { result in
            loop.execute { bound.value.goOn(from: result, keeping, wish) }
        }
        return true
    }

    private func goOn(from result: Result<StoredAnswer?, any Error>, _ keeping: any DialectKeeping, _ wish: KeepingWish)
    {
        guard case .fetching = phase else { return }
        phase = .receiving
        do throws(GatewayError) {
            guard case .success(let found) = result else { throw .archiveUnavailable }
            guard let found else { throw .unknownAnswer(wish.previous ?? "", previous: true) }
            do throws(EnvelopeError) {
                body = ByteBuffer(
                    bytes: try body.withUnsafeReadableBytes { bytes throws(EnvelopeError) in
                        try keeping.continued(bytes, after: found)
                    })
            } catch {
                throw .invalidBody(message: error.message, parameter: error.parameter)
            }
            if body.readableBytes > snapshot.settings.maxBody {
                throw .invalidBody(
                    message: "The conversation has grown to \(body.readableBytes) bytes, and a request may have "
                        + "\(snapshot.settings.maxBody) (server.max_body in config/roundhouse.yaml). Begin a new one.",
                    parameter: "previous_response_id")
            }
            kept = KeptRequest(keeping: keeping, wish: wish, body: body)
        } catch {
            fail(error)
            return
        }
        admitBody()
    }

    /// Keeps the answer, if it came to its end and is to be kept.
    func keepAnswer() {
        guard let kept, kept.wish.isKept, let answer = relay?.translator?.whole, let archive = shared.archive else {
            return
        }
        let now = record.startedAt / 1_000_000_000
        let stored = kept.body.withUnsafeReadableBytes { bytes -> StoredAnswer? in
            do throws(EnvelopeError) {
                return try kept.keeping.stored(answer, to: bytes, owner: principal.archiveOwner, now: now)
            } catch {
                // The same bytes were read as a request before.
                return nil
            }
        }
        if let stored { archive.keep(stored) }
    }
}
