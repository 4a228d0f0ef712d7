internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import RoundhouseCore

/// A request of our own: a probe, a warm-up, a question to the running gateway.
public struct ClientRequest: Sendable {
    /// The method.
    public var method: String
    /// The path and query.
    public var path: String
    /// Header lines besides `host`, `content-length` and `connection`.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]

    /// Makes a request; a body is sent as JSON.
    public init(_ method: String, _ path: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }
}

/// The head of an answer.
public struct ClientResponseHead: Sendable {
    /// The status.
    public var status: Int
    /// Header lines, as they were sent.
    public var headers: [(name: String, value: String)]
}

/// Why a request of our own came to nothing.
public enum ClientError: Error, CustomStringConvertible {
    /// No answer in time.
    case timeout
    /// The other side closed before the end of its answer.
    case closed
    /// The answer is longer than the caller's limit.
    case tooLong

    /// A sentence.
    public var description: String {
        switch self {
        case .timeout: "no answer in time"
        case .closed: "the connection was closed before the end of the answer"
        case .tooLong: "the answer is too long"
        }
    }
}

/// A small HTTP/1.1 client for everything that is not on the request path: probes, warm-ups, the command line. One
/// connection per request, plain TCP or a Unix socket. The gateway's own traffic goes through its upstream pool.
public enum HTTPClient {
    /// Sends a request and waits for the whole answer.
    /// - Throws: `ClientError`, or what the socket says; `CancellationError` if the task is cancelled.
    public static func collect(
        _ request: ClientRequest, at address: UpstreamAddress, timeout: Duration, limit: Int = 1 << 22
    ) async throws -> (head: ClientResponseHead, body: [UInt8]) {
        try await withThrowingTaskGroup(of: (ClientResponseHead, [UInt8]).self) { group in
            group.addTask {
                let (head, stream) = try await HTTPClient.stream(request, at: address)
                var body: [UInt8] = []
                for try await piece in stream {
                    body += piece
                    if body.count > limit { throw ClientError.tooLong }
                }
                return (head, body)
            }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw ClientError.timeout
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw ClientError.closed }
            return first
        }
    }

    /// Sends a request and returns when the answer's head is there; the body comes in pieces. Giving the stream up closes
    /// the connection.
    public static func stream(
        _ request: ClientRequest, at address: UpstreamAddress
    ) async throws -> (head: ClientResponseHead, body: AsyncThrowingStream<[UInt8], any Error>) {
        let (body, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let head = loop.makePromise(of: ClientResponseHead.self)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(AnswerHandler(head: head, body: continuation))
                }
            }
        let channel: any Channel
        do {
            channel = try await connect(bootstrap, address).get()
        } catch {
            head.fail(error)
            throw error
        }
        continuation.onTermination = { _ in channel.close(promise: nil) }
        return try await withTaskCancellationHandler {
            try await send(request, to: address, over: channel)
            return (try await head.futureResult.get(), body)
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private static func connect(_ bootstrap: ClientBootstrap, _ address: UpstreamAddress) -> EventLoopFuture<
        any Channel
    > {
        switch address {
        case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
        case .tcp(let host, let port, _): bootstrap.connect(host: host, port: port)
        }
    }

    private static func send(
        _ request: ClientRequest, to address: UpstreamAddress, over channel: any Channel
    ) async throws {
        var headers = HTTPHeaders(request.headers.map { ($0.name, $0.value) })
        switch address {
        case .unix: headers.add(name: "host", value: "localhost")
        case .tcp(let host, let port, _): headers.add(name: "host", value: "\(host):\(port)")
        }
        headers.add(name: "connection", value: "close")
        if !request.body.isEmpty { headers.add(name: "content-type", value: "application/json") }
        headers.add(name: "content-length", value: String(request.body.count))
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.path, headers: headers)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: request.body))), promise: nil)
        try await channel.writeAndFlush(HTTPClientRequestPart.end(nil)).get()
    }
}

/// Gives an answer's parts to whoever waits for them.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let head: EventLoopPromise<ClientResponseHead>
    private let body: AsyncThrowingStream<[UInt8], any Error>.Continuation
    private var isOver = false

    init(head: EventLoopPromise<ClientResponseHead>, body: AsyncThrowingStream<[UInt8], any Error>.Continuation) {
        self.head = head
        self.body = body
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let answer):
            let headers = answer.headers.map { (name: $0.name, value: $0.value) }
            head.succeed(ClientResponseHead(status: Int(answer.status.code), headers: headers))
        case .body(let bytes): body.yield(Array(bytes.readableBytesView))
        case .end: finish(nil, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(error, context) }
    func channelInactive(context: ChannelHandlerContext) { finish(ClientError.closed, context) }

    private func finish(_ error: (any Error)?, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        isOver = true
        head.fail(error ?? ClientError.closed)
        body.finish(throwing: error)
        context.close(promise: nil)
    }
}
