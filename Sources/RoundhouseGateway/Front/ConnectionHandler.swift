internal import NIOCore
internal import NIOHTTP1
internal import RoundhouseCore

/// One client connection: takes requests from the decoder, one at a time, and writes answers. Confined to its loop.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    let loopContext: LoopContext
    /// Who everybody on this connection is, for the control socket; nil where requests must say it themselves.
    let fixedPrincipal: Principal?

    private var context: ChannelHandlerContext?
    private var state: ConnectionState
    /// The request that is being read or answered.
    private(set) var current: CurrentRequest?
    private var held = CircularBuffer<HTTPServerRequestPart>()
    private var isReadingPaused = false
    private var isBodyHeld = false
    private var sawPart = false
    private var authenticator = Authenticator()
    private var hostGuard = HostGuard()
    private var peer: String??
    /// A client mostly asks for the same thing again, and comparing a path costs little of looking it up.
    private var latestRoute: Route?

    /// A refused request's body up to this size is read to its end, so that the connection can be kept.
    private static let smallBody = 65_536

    init(loopContext: LoopContext, fixedPrincipal: Principal?) {
        self.loopContext = loopContext
        self.fixedPrincipal = fixedPrincipal
        let settings = loopContext.snapshot.settings
        state = ConnectionState(
            timeouts: .init(
                header: TimeAmount(settings.headerTimeout), body: TimeAmount(settings.bodyTimeout),
                idle: TimeAmount(settings.idleTimeout)), now: .now())
    }

    /// Whether closing loses nothing.
    var isIdle: Bool { state.isIdle && unsent == 0 }

    /// Whether the client takes what is written.
    var isWritable: Bool { context?.channel.isWritable != false }

    /// Bytes written that the kernel has not taken.
    private var unsent: Int {
        do {
            return try context?.channel.syncOptions?.getOption(.bufferedWritableBytes) ?? 0
        } catch {
            // The channel is closed.
            return 0
        }
    }

    // The channel's events.

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loopContext.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        gone()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    private func gone() {
        state.closed()
        loopContext.closed(self)
        held.removeAll()
        let leaving = current
        current = nil
        leaving?.exchange?.clientGone()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            context.close(promise: nil)
            return
        }
        // While an answer is being made, the nonsense that was sent ahead of it can wait until the answer is out.
        guard current?.isAnswering != true else {
            current?.closesAfterwards = true
            return
        }
        refuseUnreadable(error == .headerOverflow ? .headTooLarge : .malformedRequest(Self.explain(error)))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        current?.exchange?.clientWritabilityChanged(context.channel.isWritable, now: .now())
        context.fireChannelWritabilityChanged()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        sawPart = true
        let part = unwrapInboundIn(data)
        if held.isEmpty { take(part) } else { hold(part) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !sawPart { state.bytesWithoutPart(now: .now()) }
        sawPart = false
        context.fireChannelReadComplete()
    }

    /// Looks at the clock; called by the loop's one timer.
    func tick(now: NIODeadline) {
        if let exchange = current?.exchange { exchange.tick(now: now) }
        if loopContext.isStopping, isIdle { closeNow() }
        switch state.tick(now: now, unsent: unsent) {
        case .none: break
        case .answerHeadTimeout:
            refuseUnreadable(.requestTimeout("The request's head did not come in time (server.header_timeout)."))
        case .answerBodyTimeout:
            refuseUnreadable(.requestTimeout("The request's body did not come in time (server.body_timeout)."))
        case .close: closeNow()
        }
    }

    // Requests.

    private func take(_ part: HTTPServerRequestPart) {
        let now = NIODeadline.now()
        let action =
            switch part {
            case .head: state.head(now: now)
            case .body(let bytes): state.body(bytes.readableBytes, now: now)
            case .end: state.end()
            }
        switch action {
        case .take: handle(part, now: now)
        case .hold: hold(part)
        case .discard: break
        case .close: closeNow()
        }
    }

    private func hold(_ part: HTTPServerRequestPart) {
        held.append(part)
        setReading(false)
    }

    private func handle(_ part: HTTPServerRequestPart, now: NIODeadline) {
        switch part {
        case .head(let head): begin(head, now: now)
        case .body(let bytes): current?.exchange?.receive(bytes)
        case .end:
            guard let current else { return }
            if let refusal = current.refusal {
                answerLocally(LocalAnswer(refusal, in: current.dialect))
            } else if let prepared = current.prepared {
                answerLocally(prepared)
            } else if let exchange = current.exchange {
                exchange.bodyComplete(now: now)
            } else if case .admin(let call) = current.route?.action {
                answerLater(call)
            } else if case .kept(let keeping) = current.route?.action, let route = current.route {
                answerAboutKept(keeping, prefix: route.path.count - 1)
            } else if case .picture = current.route?.action {
                answerWithPicture()
            } else if let route = current.route {
                answerLocally(LocalResponder.answer(route, current, loopContext))
            }
        }
    }

    private func begin(_ head: HTTPRequestHead, now: NIODeadline) {
        let request = CurrentRequest(method: head.method, startedAt: now, requestID: loopContext.nextRequestID())
        current = request
        do throws(GatewayError) {
            let facts = try RequestFacts(head)
            request.adopt(facts)
            let snapshot = loopContext.snapshot
            request.client = ClientAddress.of(
                peerAddress, forwardedFor: facts.forwardedFor, trusted: snapshot.settings.trustedProxies)
            request.corsOrigin = CORS.allowed(facts.origin, snapshot.settings.corsOrigins)
            if facts.isPreflight, request.corsOrigin != nil {
                request.prepared = CORS.preflight()
                return
            }
            let route = try findRoute(facts)
            request.route = route
            if loopContext.isStopping { throw .shuttingDown }
            if snapshot.checksHost, fixedPrincipal == nil { try hostGuard.check(facts, snapshot) }
            if let fixedPrincipal {
                request.principal = fixedPrincipal
                request.grant = snapshot.openGrant
            } else {
                let caller = try authenticator.caller(for: facts, route: route, snapshot: snapshot, now: now)
                request.principal = caller.principal
                request.grant = caller.grant
            }
            if case .inference(let api) = route.action {
                let boundary = try BodyCheck.check(head, facts, route, api, snapshot)
                request.exchange = Exchange(
                    connection: self, context: loopContext, request: request, facts: facts, route: route, api: api,
                    boundary: boundary, now: now)
            }
            if facts.expectsContinue, facts.hasBody { writeContinue() }
        } catch {
            refuse(error, head)
        }
    }

    /// Asked of the kernel once.
    private var peerAddress: String? {
        if let peer { return peer }
        let address = context?.channel.remoteAddress?.ipAddress
        peer = .some(address)
        return address
    }

    private func findRoute(_ facts: RequestFacts) throws(GatewayError) -> Route {
        if let latestRoute, latestRoute.path == facts.path, latestRoute.answers(facts.method) { return latestRoute }
        switch loopContext.routes.match(method: facts.method, path: facts.path) {
        case .found(let index):
            let route = loopContext.routes[index]
            latestRoute = route
            return route
        case .otherMethods(let allowed): throw .methodNotAllowed(allowed: allowed)
        case .none: throw .unknownPath(facts.path)
        }
    }

    /// Answers a refusal at once and closes, or, if little more is to come, when the request is complete.
    private func refuse(_ error: GatewayError, _ head: HTTPRequestHead) {
        guard let current else { return }
        let length = current.facts.map { $0.isChunked ? Int.max : $0.contentLength ?? 0 } ?? .max
        if length <= Self.smallBody, !error.answer.closes, current.facts?.expectsContinue != true {
            current.refusal = error
        } else {
            answerLocally(LocalAnswer(error, in: current.dialect))
        }
    }

    /// Answers a request that could not be read.
    private func refuseUnreadable(_ error: GatewayError) {
        guard context?.channel.isActive == true, state.phase != .lingering else {
            closeNow()
            return
        }
        if current == nil {
            current = CurrentRequest(method: .GET, startedAt: .now(), requestID: loopContext.nextRequestID())
        }
        if let exchange = current?.exchange {
            exchange.fail(error)
        } else {
            answerLocally(LocalAnswer(error, in: current?.dialect))
        }
    }

    private static func explain(_ error: HTTPParserError) -> String {
        "The request is not valid HTTP/1.1: \(error)."
    }

    // Answers.

    /// Writes an answer of our own, and its record.
    func answerLocally(_ answer: LocalAnswer) {
        guard let current else { return }
        loopContext.record(current.record(answer: answer, now: .now()))
        self.answer(answer)
    }

    /// Writes an answer that is all there, and goes on or ends the connection.
    func answer(_ answer: LocalAnswer) {
        guard let current, let context else { return }
        let keepsAlive = current.keepAlive && !answer.closes && !loopContext.isStopping && state.phase == .responding
        var buffer = ByteBufferAllocator().buffer(capacity: 512 + answer.body.count)
        ClientHead.writeAnswer(
            answer, requestID: current.requestID, date: loopContext.date(), corsOrigin: current.corsOrigin,
            close: !keepsAlive, omitsBody: current.method == .HEAD, to: &buffer)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        answered(keepAlive: keepsAlive)
    }

    private func writeContinue() {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }
    func flush() { context?.flush() }

    /// The exchange has ended; what is left is to finish the answer.
    func exchangeEnded() { current?.exchange = nil }

    /// The answer is written: go on, or end the connection.
    func answered(keepAlive: Bool) {
        let closes = current?.closesAfterwards == true
        current = nil
        isBodyHeld = false
        switch state.answered(keepAlive: keepAlive && !closes, now: .now()) {
        case .next:
            takeHeld()
        case .linger:
            held.removeAll()
            setReading(true)
            context?.close(mode: .output, promise: nil)
        case .close:
            closeNow()
        }
    }

    private func takeHeld() {
        // A loop and not recursion: answers that are made at once come back here.
        guard !isTakingHeld else { return }
        isTakingHeld = true
        defer { isTakingHeld = false }
        while state.phase != .responding, let part = held.popFirst() { take(part) }
        if held.isEmpty, !isBodyHeld { setReading(true) }
    }
    private var isTakingHeld = false

    /// Stops reading a body that comes faster than it can be put away, or goes on.
    func holdBody(_ holds: Bool) {
        guard holds != isBodyHeld else { return }
        isBodyHeld = holds
        if holds { state.bodyHeld(now: .now()) } else { state.bodyReleased(now: .now()) }
        setReading(!holds && held.isEmpty)
    }

    private func setReading(_ reading: Bool) {
        guard isReadingPaused == reading, let context else { return }
        isReadingPaused = !reading
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: reading)
        } catch {
            context.close(promise: nil)
        }
    }

    // Ends.

    /// The gateway is stopping, and answers that are being made go on.
    func beginStopping() { current?.exchange?.beginStopping() }

    /// Ends the answer that is being made, because the time for shutting down is over.
    func cut() {
        if let exchange = current?.exchange { exchange.cut() } else { closeNow() }
    }

    /// Closes, and drops what has not been sent.
    func closeNow() {
        context?.close(promise: nil)
    }
}
