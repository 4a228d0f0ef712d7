import NIOCore
import NIOPosix
import RoundhouseCore
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// A server that reads one request on each connection and then does as the test says, byte for byte.
final class RawServer: Sendable {
    enum Step: Sendable {
        /// Send these bytes.
        case send(String)
        /// Send these bytes one at a time.
        case sendSlowly(String)
        /// Close the connection.
        case close
    }

    private struct State {
        var requests: [String] = []
        var closed = 0
    }

    private let state = Mutex(State())
    private let steps: [Step]

    private init(_ steps: [Step]) {
        self.steps = steps
    }

    /// Requests that have arrived whole.
    var requests: [String] { state.withLock { $0.requests } }
    /// Connections that are closed.
    var closed: Int { state.withLock { $0.closed } }

    /// Runs a test with a server on a TCP port, or on a Unix socket if there is a path.
    static func run(
        _ steps: [Step], path: String? = nil, _ body: (RawServer, UpstreamAddress) async throws -> Void
    ) async throws {
        let server = RawServer(steps)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(server))
                }
            }
        let channel =
            if let path {
                try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            } else {
                try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
            }
        let address =
            path.map { UpstreamAddress.unix(path: $0) }
            ?? .tcp(host: "127.0.0.1", port: channel.localAddress?.port ?? 0, tls: false)
        var failure: (any Error)?
        do { try await body(server, address) } catch { failure = error }
        try await channel.close()
        if let path { unlink(path) }
        if let failure { throw failure }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let server: RawServer
        private var text = ""
        private var hasAnswered = false

        init(_ server: RawServer) {
            self.server = server
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard !hasAnswered, isWhole else { return }
            hasAnswered = true
            server.state.withLock { $0.requests.append(text) }
            for step in server.steps {
                switch step {
                case .send(let bytes): context.writeAndFlush(NIOAny(ByteBuffer(string: bytes)), promise: nil)
                case .sendSlowly(let bytes):
                    for byte in bytes.utf8 { context.writeAndFlush(NIOAny(ByteBuffer(bytes: [byte])), promise: nil) }
                case .close: context.close(promise: nil)
                }
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            server.state.withLock { $0.closed += 1 }
        }

        private var isWhole: Bool {
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return false }
            let length = parts[0].split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
            return parts[1].utf8.count >= length.flatMap { Int($0.dropFirst(16)) } ?? 0
        }
    }
}
