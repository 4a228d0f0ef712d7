internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

/// Opens the sockets that clients come in by, and puts a pipeline on each connection.
struct Listener {
    let group: MultiThreadedEventLoopGroup
    let contexts: [NIOLoopBound<LoopContext>]
    let settings: ServerSettings
    /// What the TCP listener shows who it is with; nil for plain HTTP.
    let tls: TLSBox?

    /// Above the high mark a client is not written to any more, until its kernel has taken it down to the low one, in bytes.
    private static let waterMarks = ChannelOptions.Types.WriteBufferWaterMark(low: 16_384, high: 49_152)
    /// The longest head, and one field in it, in bytes.
    private static let headLimit = 65_536

    /// The TCP listener, and the one on the control socket if there is one.
    func open(controlSocket: String?) async throws -> [any Channel] {
        let front: any Channel
        do {
            front = try await bootstrap(fixedPrincipal: nil, tls: tls)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(host: settings.host, port: settings.port).get()
        } catch {
            throw Gateway.StartError.cannotListen(
                "Cannot listen on \(settings.host):\(settings.port): \(error). Is another program using the port? "
                    + "Choose another with --port or server.port.")
        }
        guard let controlSocket else { return [front] }
        do {
            let control = try await bootstrap(fixedPrincipal: .local, tls: nil)
                .bind(unixDomainSocketPath: controlSocket, cleanupExistingSocketFile: true).get()
            guard chmod(controlSocket, 0o600) == 0 else { throw IOError(errnoCode: errno, reason: "chmod") }
            return [front, control]
        } catch {
            try await front.close()
            throw Gateway.StartError.cannotListen("Cannot listen on the control socket \(controlSocket): \(error)")
        }
    }

    private func bootstrap(fixedPrincipal: Principal?, tls: TLSBox?) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [limit = settings.maxConnections] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptLimiter(limit: limit))
                }
            }
            .childChannelOption(.writeBufferWaterMark, value: Self.waterMarks)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 4096, maximum: 65_536)
            )
            .childChannelInitializer { [contexts] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let context = contexts.first(where: { $0.eventLoop === channel.eventLoop })?.value else {
                        throw ChannelError.operationUnsupported
                    }
                    var limits = NIOHTTPDecoderLimitConfiguration()
                    limits.maxHeaderFieldSize = Self.headLimit
                    limits.maxHeaderListSize = Self.headLimit
                    let decoder = HTTPRequestDecoder(
                        leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .drop,
                        limitConfiguration: limits)
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(tls.handler()) }
                    try pipeline.addHandler(ByteToMessageHandler(decoder))
                    try pipeline.addHandler(ConnectionHandler(loopContext: context, fixedPrincipal: fixedPrincipal))
                }
            }
    }
}
