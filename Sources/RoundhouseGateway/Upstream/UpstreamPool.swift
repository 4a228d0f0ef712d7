internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import RoundhouseCore

/// Connections are shared by everything that goes to one address under the same keep-alive habits.
struct UpstreamKey: Hashable {
    var address: UpstreamAddress
    /// Idle time after which the upstream may close a connection.
    var idle: TimeAmount
    /// Requests after which the upstream closes a connection.
    var requests: Int

    init(address: UpstreamAddress, profile: EngineProfile) {
        self.address = address
        idle = profile.keepAliveIdle.map(TimeAmount.init) ?? .seconds(60)
        requests = profile.keepAliveRequests ?? .max
    }
}

/// The connections of a loop to one address.
final class UpstreamPeer {
    let key: UpstreamKey
    /// Those that are not in use.
    var idle = IdleList<UpstreamConnection>()
    /// How many there are, in use or not.
    var connections = 0

    init(_ key: UpstreamKey) {
        self.key = key
    }
}

/// A loop's own upstream connections: no lock, no other thread, dialled on the loop of the client they serve.
final class UpstreamPool {
    private let loop: any EventLoop
    private var peers: [UpstreamKey: UpstreamPeer] = [:]
    /// The one that was asked for last; often it is asked for again, and comparing a key costs little of hashing it.
    private var latest: UpstreamPeer?
    private var open: Set<ObjectIdentifier> = []
    private var tls: NIOSSLContext?
    private var isClosed = false

    /// Longest time for a TCP or TLS connection to come about.
    private static let connectTimeout = TimeAmount.seconds(5)
    /// The kernel's receive buffer for an upstream, in bytes. With the answer's reader stalled this much, and one read,
    /// is what an upstream that has already finished can leave with us.
    private static let receiveBuffer: ChannelOptions.Types.SocketOption.Value = 131_072
    /// The most that one read takes, in bytes.
    static let readSize = 32_768

    init(loop: any EventLoop) {
        self.loop = loop
    }

    var isEmpty: Bool { open.isEmpty }

    /// An idle connection, if there is one.
    func takeIdle(_ key: UpstreamKey, now: NIODeadline) -> UpstreamConnection? {
        guard let peer = peer(key) else { return nil }
        while let connection = peer.idle.take(now: now) {
            if connection.isOpen { return connection }
        }
        return nil
    }

    private func peer(_ key: UpstreamKey) -> UpstreamPeer? {
        if let latest, latest.key == key { return latest }
        guard let peer = peers[key] else { return nil }
        latest = peer
        return peer
    }

    private func add(_ connection: UpstreamConnection) {
        let peer = peer(connection.key) ?? UpstreamPeer(connection.key)
        peers[connection.key] = peer
        peer.connections += 1
        connection.peer = peer
        open.insert(ObjectIdentifier(connection))
    }

    /// Dials a new connection.
    func connect(_ key: UpstreamKey) -> EventLoopFuture<UpstreamConnection> {
        do {
            let tlsHandler = try makeTLSHandler(key.address)
            let connection = UpstreamConnection(key: key, pool: self)
            let handlers = NIOLoopBound((connection, tlsHandler), eventLoop: loop)
            let bootstrap = ClientBootstrap(group: loop)
                .connectTimeout(Self.connectTimeout)
                .channelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 8192, maximum: Self.readSize)
                )
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let (connection, tlsHandler) = handlers.value
                        if let tlsHandler { try channel.pipeline.syncOperations.addHandler(tlsHandler) }
                        try channel.pipeline.syncOperations.addHandler(connection)
                    }
                }
            let bound = NIOLoopBound((self, connection), eventLoop: loop)
            return dial(bootstrap, key.address).flatMapThrowing { channel in
                let (pool, connection) = bound.value
                guard !pool.isClosed else {
                    channel.close(promise: nil)
                    throw ChannelError.ioOnClosedChannel
                }
                pool.add(connection)
                return connection
            }
        } catch {
            return loop.makeFailedFuture(error)
        }
    }

    private func dial(_ bootstrap: ClientBootstrap, _ address: UpstreamAddress) -> EventLoopFuture<any Channel> {
        switch address {
        case .unix(let path):
            return bootstrap.connect(unixDomainSocketPath: path)
        case .tcp(let host, let port, _):
            return
                bootstrap
                .channelOption(.socketOption(.so_rcvbuf), value: Self.receiveBuffer)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: host, port: port)
        }
    }

    private func makeTLSHandler(_ address: UpstreamAddress) throws -> NIOSSLClientHandler? {
        guard case .tcp(let host, _, true) = address else { return nil }
        let context: NIOSSLContext
        if let tls {
            context = tls
        } else {
            context = try NIOSSLContext(configuration: .makeClientConfiguration())
            tls = context
        }
        // An address has no server name (RFC 6066, section 3); its certificate is checked against the address.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    /// Takes a connection back after a complete answer, for the next request.
    func put(_ connection: UpstreamConnection, now: NIODeadline) {
        connection.owner = nil
        guard !isClosed, connection.isOpen, connection.requests < connection.key.requests else {
            connection.abandon()
            return
        }
        connection.setReading(true)
        connection.peer?.idle.put(connection, until: now + connection.key.idle)
    }

    /// A connection is gone.
    func closed(_ connection: UpstreamConnection) {
        guard open.remove(ObjectIdentifier(connection)) != nil, let peer = connection.peer else { return }
        connection.peer = nil
        peer.idle.removeAll { $0 === connection }
        peer.connections -= 1
        guard peer.connections == 0 else { return }
        peers[peer.key] = nil
        if latest === peer { latest = nil }
    }

    /// Closes the idle connections to one address, because the other side has begun to close them.
    func closeIdle(_ key: UpstreamKey) {
        for connection in peers[key]?.idle.drain() ?? [] { connection.abandon() }
    }

    /// Closes what has been idle too long.
    func dropExpired(now: NIODeadline) {
        for peer in peers.values {
            for connection in peer.idle.removeExpired(now: now) { connection.abandon() }
        }
    }

    /// Closes everything that is idle, and whatever comes back later.
    func closeAll() {
        isClosed = true
        for peer in peers.values {
            for connection in peer.idle.drain() { connection.abandon() }
        }
    }
}
