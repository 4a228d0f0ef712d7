internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import RoundhouseCore
internal import RoundhouseWorkers

#if canImport(Glibc)
private import Glibc
#endif

extension Exchange: UpstreamOwner {
    /// Asks for a place in the model's worker, or picks an attached endpoint.
    func takeLease() {
        if case .attached(let endpoints) = model.placement {
            endpoint = endpoints.first
            if model.limits.concurrent == nil {
                if pickEndpoint() { connect() }
                return
            }
        }
        let bound = NIOLoopBound(self, eventLoop: context.loop)
        let loop = context.loop
        phase = .leasing(nil)
        let answer = snapshot.workers.lease(model.name, for: leaseCaller) { result in
            loop.execute { bound.value.leased(result) }
        }
        switch answer {
        case .ready(let lease): leased(.success(lease))
        case .waiting(let ticket): phase = .leasing(ticket)
        case .refused(let error): leased(.failure(error))
        }
    }

    /// By whom places in a model are shared.
    private var leaseCaller: LeaseCaller { LeaseCaller(key: principal.keyID, priority: grant.priority) }

    private func leased(_ result: Result<WorkerLease, LeaseError>) {
        guard case .leasing = phase else {
            // The client left while the answer was on its way here.
            if case .success(let lease) = result { snapshot.workers.release(lease) }
            return
        }
        switch result {
        case .success(let lease):
            self.lease = lease
            if endpoint == nil { endpoint = lease.endpoint }
            record.queueMicroseconds = lease.queueMicroseconds
            record.loadMicroseconds = lease.loadMicroseconds
            if pickEndpoint() { connect() }
        case .failure(let error):
            fail(GatewayError(error, model: model.name, showOutput: maySeeEngineOutput))
        }
    }

    func connect() {
        guard let endpoint else { return }
        if let ownAnswer {
            answer(ownAnswer)
            return
        }
        phase = .connecting
        routedAt = .now()
        let key = UpstreamKey(address: endpoint.address, profile: model.profile)
        if let idle = context.upstreams.takeIdle(key, now: routedAt) {
            upstreamIsReused = true
            send(over: idle)
            return
        }
        upstreamIsReused = false
        let bound = NIOLoopBound(self, eventLoop: context.loop)
        context.upstreams.connect(key).whenComplete { result in bound.value.connected(result) }
    }

    private func connected(_ result: Result<UpstreamConnection, any Error>) {
        guard case .connecting = phase else {
            if case .success(let connection) = result { context.upstreams.put(connection, now: .now()) }
            return
        }
        switch result {
        case .success(let connection): send(over: connection)
        case .failure(let error): upstreamLost("cannot be reached (\(Self.describe(error)))")
        }
    }

    private func send(over connection: UpstreamConnection) {
        guard let endpoint else { return }
        upstream = connection
        connection.owner = self
        connection.requests += 1
        phase = .awaitingHead
        noteEscalation()
        routing?.wasSent = true
        sawUpstreamBytes = false
        upstreamMayBeReused = false
        upstreamIsDone = false
        received = ByteBuffer()
        sentAt = .now()
        clock.sent(now: sentAt)
        let templates =
            upload != nil ? snapshot.formUpstreams : isNative ? snapshot.nativeUpstreams : snapshot.upstreams
        var head = UpstreamRequest.Head(
            path: upstreamPath, endpoint: endpoint, template: templates[modelIndex],
            engineKey: lease?.engineKey, requestID: requestID, contentType: upload?.boundary.contentType,
            publicHost: lease != nil && api.unit == .images ? publicHost : nil, via: via,
            traceParent: facts.traceParent,
            traceState: facts.traceState)
        if isNative { head.more = passedHeaders }
        if let upload, let file = upload.spool?.file {
            sendUpload(upload, head, from: file, over: connection)
            return
        }
        UpstreamRequest.write(head, body: body, patch: patch) { connection.write($0) }
        connection.flush()
    }

    /// The request leaves the house now, if its model is outside; that it has done so stays true whatever becomes of it.
    private func noteEscalation() {
        guard snapshot.leavesTheBox[modelIndex] else { return }
        record.escalated = true
        let name = model.name
        // Sent again, to another endpoint of it or over another connection, it is still the same model.
        if let known = record.escalatedModels, known == name || known.hasSuffix(",\(name)") { return }
        record.escalatedModels = record.escalatedModels.map { "\($0),\(name)" } ?? name
    }

    /// What others than our own engines find in `Via`.
    private var via: String? {
        if case .launched = model.placement { return nil }
        return facts.via == nil ? shared.loopGuard.entry : shared.loopGuard.value(behind: facts.via)
    }

    /// What the client called us. Whether it speaks TLS to a proxy of ours only that proxy knows.
    private var publicHost: (scheme: String, host: String)? {
        guard let host = facts.host else { return nil }
        let isTLS =
            snapshot.settings.tls != nil
            || (facts.forwardedProto == "https" && !snapshot.settings.trustedProxies.isEmpty)
        return (isTLS ? "https" : "http", host)
    }

    func upstreamRead(_ bytes: ByteBuffer) {
        sawUpstreamBytes = true
        switch phase {
        case .awaitingHead:
            if received.readableBytes == 0 { received = bytes } else { received.writeImmutableBuffer(bytes) }
            readHead()
        case .readingError: readError(bytes)
        case .relaying: relayBytes(bytes)
        case .receiving, .storing, .fetching, .preparing, .leasing, .connecting, .awaitingCause, .ended: break
        }
    }

    func upstreamReadComplete() {
        if case .relaying = phase { flushRelay(last: false) }
    }

    func upstreamClosed(_ error: (any Error)?) {
        upstream = nil
        upstreamMayBeReused = false
        switch phase {
        case .awaitingHead:
            if upstreamIsReused && !sawUpstreamBytes && mayRetry && model.retryLimit > 0 {
                // The usual race of keep-alive: the other side closed an idle connection just as it was used. Not a
                // byte came back, so nothing was answered; once, on a fresh connection, is safe enough for a POST.
                mayRetry = false
                context.upstreams.closeIdle(UpstreamKey(address: endpoint!.address, profile: model.profile))
                connect()
                return
            }
            if let error, Self.isTLS(error) {
                upstreamLost("cannot be reached (\(Self.describe(error)))")
            } else if sawUpstreamBytes {
                upstreamLost("closed the connection inside the head of its answer")
            } else {
                upstreamLost("closed the connection without an answer")
            }
        case .readingError(let status, let retryAfter):
            failWithUpstreamError(status: status, retryAfter: retryAfter)
        case .relaying:
            relayClosed()
        case .receiving, .storing, .fetching, .preparing, .leasing, .connecting, .awaitingCause, .ended:
            break
        }
    }

    /// The upstream is gone before or inside its answer. If it is a worker of ours, its process may have died a moment
    /// ago; the cause says more than the closed connection does.
    func upstreamLost(_ what: String) {
        guard !isEnded else { return }
        let name = "The engine of \(model.name.quotedForMessage)"
        guard let lease, case .launched = model.placement else {
            fail(.upstreamFailed("The upstream of \(model.name.quotedForMessage) \(what)."))
            return
        }
        phase = .awaitingCause
        let bound = NIOLoopBound(self, eventLoop: context.loop)
        let loop = context.loop
        snapshot.workers.exitCause(of: lease, within: .milliseconds(500)) { cause in
            loop.execute {
                let exchange = bound.value
                guard case .awaitingCause = exchange.phase else { return }
                guard let cause else {
                    exchange.fail(.upstreamFailed("\(name) \(what)."))
                    return
                }
                let text = cause.explanation(withOutput: exchange.maySeeEngineOutput)
                exchange.fail(.upstreamFailed("\(name) died under the request: \(text)"))
            }
        }
    }

    private static func isTLS(_ error: any Error) -> Bool { error is NIOSSLError || error is NIOSSLExtraError }

    private static func describe(_ error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(let cause):
            let text = "\(cause)"
            return text.contains("CERTIFICATE_VERIFY_FAILED")
                ? "this machine does not trust its certificate" : "the TLS handshake failed: \(text)"
        case let error as NIOConnectionError:
            if error.dnsAError != nil || error.dnsAAAAError != nil, error.connectionErrors.isEmpty {
                return "the name \(error.host) is unknown"
            }
            if let first = error.connectionErrors.first { return describe(first.error) }
            return "\(error.host):\(error.port)"
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case ChannelError.connectTimeout: return "no connection within 5s"
        default: return "\(error)"
        }
    }
}
