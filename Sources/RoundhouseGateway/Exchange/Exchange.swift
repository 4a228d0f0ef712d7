internal import NIOCore
internal import RoundhouseCore
internal import RoundhouseWorkers

/// One inference request on its way: from its head to the record of what it came to. Confined to its connection's loop.
///
/// The steps stand in the extensions, in the order in which they happen: `+Admission` (body, model, patch), `+Upload` (the
/// same for forms), `+Upstream` (lease, connection, answer's head), `+Relay` (answer's body), `+Ending` (errors, the record).
final class Exchange {
    enum Phase {
        /// The client's body is on its way.
        case receiving
        /// The body is complete, and being written to disk.
        case storing
        /// The answer that the request goes on from is being looked up.
        case fetching
        /// An attempt has failed, and the next is being made ready.
        case preparing
        /// Waiting for a worker.
        case leasing(LeaseTicket?)
        /// Waiting for a connection.
        case connecting
        /// The request is sent, or being sent.
        case awaitingHead
        /// An upstream's error is being read.
        case readingError(status: Int, retryAfter: Int?)
        /// The answer's body goes by.
        case relaying
        /// The upstream hung up; asking its worker why.
        case awaitingCause
        case ended
    }

    let connection: ConnectionHandler
    let context: LoopContext
    let snapshot: Snapshot
    let facts: RequestFacts
    let api: InferenceAPI
    let principal: Principal
    /// What the caller may use.
    let grant: Grant
    let requestID: String
    /// The origin of the web page that may read the answer.
    let corsOrigin: String?

    var phase = Phase.receiving
    var record: RequestRecord
    var body = ByteBuffer()
    /// The body while it comes in, and if it lies in a file, where the request is a form; else nil.
    var upload: Upload?
    var modelIndex = 0
    var patch = BodyPatch()
    var askedForUsage = false
    /// What makes the engine's answer into one that the client expects; nil if it is one.
    var translator: (any AnswerTranslator)?

    /// Whether the engine itself speaks the dialect of the request, so that it gets it as it is.
    var isNative = false
    /// Answers that it asks for at once, where the engine does not count them all; nil is one.
    var choices: ChoiceCount?
    /// What is to be kept of it and its answer.
    var kept: KeptRequest?
    /// The answer, where no engine has to be asked.
    var ownAnswer: [UInt8]?
    /// How long the engine is to stay after this request; nil is as configured.
    var keepAlive: Residence?
    /// Whether the engine has to run before it is given.
    var answersOnceLoaded = false

    /// Where it may go, if it has a choice.
    var routing: RoutedRequest?
    /// Its client has left, and the answer is made to its end all the same.
    var isAlone = false

    /// What it holds of the caller's and the model's limits.
    var admission = Admission()
    /// Whether there are images or sound in the prompt, so that its bytes say nothing of its tokens.
    var hasImages = false
    /// What the request is counted in besides tokens, if it succeeds.
    var units = UsageAmounts()
    var lease: WorkerLease?
    var endpoint: Endpoint?
    var upstream: UpstreamConnection?
    var upstreamIsReused = false
    /// What the answer's head says about its connection.
    var upstreamMayBeReused = false
    /// The answer has been read to its exact end.
    var upstreamIsDone = false
    var mayRetry = true
    var sawUpstreamBytes = false

    var received = ByteBuffer()
    var errorFraming = BodyFraming(.length(0))
    var relay: RelayStream?
    var clock: AnswerClock
    /// The client's head, made and not yet written: it waits for the first byte of the body, so that an upstream which
    /// dies before it is still a clean 502.
    var pendingHead: ByteBuffer?
    var headWritten = false
    /// The client has been told in a stream that it waits, so that its status is 200 whatever comes; and when it was last.
    var isCommitted = false
    var toldWaitingAt: NIODeadline?
    var closesClient = false
    var isFlushNeeded = false
    var isReadingPaused = false

    let startedAt: NIODeadline
    var bodyCompleteAt: NIODeadline
    /// When everything of our own was done: from then on it is the upstream's time.
    var routedAt: NIODeadline
    var sentAt: NIODeadline

    init(
        connection: ConnectionHandler, context: LoopContext, request: CurrentRequest, facts: RequestFacts,
        route: Route, api: InferenceAPI, boundary: MultipartBoundary?, now: NIODeadline
    ) {
        self.connection = connection
        self.context = context
        self.snapshot = context.snapshot
        self.facts = facts
        self.api = api
        principal = request.principal ?? .anonymous
        grant = request.grant
        requestID = request.requestID
        corsOrigin = request.corsOrigin
        startedAt = now
        bodyCompleteAt = now
        routedAt = now
        sentAt = now
        clock = AnswerClock(ModelTimeouts())
        record = RequestRecord()
        record.startedAt = request.wallClock
        record.isInference = true
        record.requestID = requestID
        record.client = request.client
        record.route = route.label
        record.feature = facts.feature
        record.key = principal.keyID
        record.team = principal.team
        if let boundary { upload = Upload(boundary, room: context.shared.spools, loop: context.loop) }
    }

    /// The client's connection, as long as it is there.
    var client: ConnectionHandler? { isAlone ? nil : connection }

    /// Lent, because a model is large and a copy of it is not for the hot path.
    var model: Model {
        _read { yield snapshot.router.models[modelIndex] }
    }

    var isEnded: Bool {
        if case .ended = phase { return true }
        return false
    }

    /// Whether the caller may read what an engine printed: admins, and everybody on an open loopback.
    var maySeeEngineOutput: Bool { principal.may(.admin) }

    /// Time has passed.
    func tick(now: NIODeadline) {
        switch phase {
        case .awaitingHead, .readingError, .relaying:
            guard let expiry = clock.expired(now: now) else { return }
            // Who has waited for so long waits no longer for another model.
            if expiry == .total { dropChoice(now: now) } else if let lease { snapshot.workers.suspect(lease) }
            fail(.upstreamTimeout(clock.explanation(expiry, model: model.name)))
        case .leasing: tellWaiting(now: now)
        case .receiving, .storing, .fetching, .preparing, .connecting, .awaitingCause, .ended:
            break
        }
    }

    /// The client's connection is gone, in whatever phase.
    func clientGone() {
        guard !isEnded else { return }
        if model.finishesAlone, isBeingAnswered {
            isAlone = true
            context.adopt(self)
            clientWritabilityChanged(true, now: .now())
            return
        }
        end(.cancelled, error: .clientClosed)
    }

    /// From now on the request ends with what it is at.
    private func dropChoice(now: NIODeadline) {
        routing?.judge(now: now) { $0.failed(now: $1) }
        routing?.leave(now: now)
        routing = nil
    }

    private var isBeingAnswered: Bool {
        switch phase {
        case .awaitingHead, .relaying: true
        default: false
        }
    }

    /// The gateway is stopping: who has not been sent to an engine yet is told so at once.
    func beginStopping() {
        switch phase {
        case .fetching, .preparing, .leasing: fail(.shuttingDown)
        default: break
        }
    }

    /// The shutdown deadline is over.
    func cut() {
        fail(.shuttingDown)
    }

    /// The client can take more, or can not.
    func clientWritabilityChanged(_ writable: Bool, now: NIODeadline) {
        guard case .relaying = phase, let upstream, isReadingPaused == writable else { return }
        isReadingPaused = !writable
        upstream.setReading(writable)
        if writable { clock.resumed(now: now) } else { clock.paused() }
    }
}
