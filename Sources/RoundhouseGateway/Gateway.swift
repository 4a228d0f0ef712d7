public import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import RoundhouseCore
public import RoundhouseWorkers
internal import Synchronization

#if canImport(Glibc)
private import Glibc
#endif

/// The running front: listeners, event loops, and what they share.
///
/// `start` once, then `shutdown` once; both from any task.
public final class Gateway: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let contexts: [NIOLoopBound<LoopContext>]
    private let listeners: [any Channel]
    let shared: SharedState
    private let workers: WorkerPool
    private let tls: TLSBox?
    private let snapshot: Mutex<Snapshot>
    private let logger: Logger
    private let probe = Mutex<Task<Void, Never>?>(nil)

    /// Where it listens, with the port that the kernel chose if the configured one was 0.
    public let address: String
    /// The port.
    public let port: Int

    /// What a gateway needs besides its configuration.
    public struct Options: Sendable {
        /// Keys that requests may carry.
        public var keys: KeyRing
        /// Whether callers without a valid key may use models, on any bind address.
        public var allowsAnonymous: Bool
        /// Path of the control socket; nil for none.
        public var controlSocket: String?
        /// Descriptor that the access log is written to; nil for none. Stays the caller's.
        public var accessLog: Int32?
        /// What `/version` says.
        public var version: String
        /// Where records are kept; nil for nowhere.
        public var ledger: (any RecordSink)?
        /// Where answers are kept that clients can come back to; nil for nowhere.
        public var archive: (any AnswerArchive)?
        /// Answers the admin routes that need files or the ledger.
        public var admin: (any AdminService)?
        /// What limits count; budgets may have been restored in it.
        public var limits = LimitBook()

        /// Makes options.
        public init(
            keys: KeyRing, allowsAnonymous: Bool = false, controlSocket: String? = nil, accessLog: Int32? = nil,
            version: String
        ) {
            self.keys = keys
            self.allowsAnonymous = allowsAnonymous
            self.controlSocket = controlSocket
            self.accessLog = accessLog
            self.version = version
        }
    }

    /// Why a gateway does not start.
    public enum StartError: Error, CustomStringConvertible {
        /// The bind guard says no.
        case refused(String)
        /// The address cannot be listened on.
        case cannotListen(String)

        /// A sentence, with what to do.
        public var description: String {
            switch self {
            case .refused(let why), .cannotListen(let why): why
            }
        }
    }

    private init(
        group: MultiThreadedEventLoopGroup, contexts: [NIOLoopBound<LoopContext>], listeners: [any Channel],
        shared: SharedState, workers: WorkerPool, snapshot: Snapshot, tls: TLSBox?, logger: Logger
    ) {
        self.group = group
        self.contexts = contexts
        self.listeners = listeners
        self.shared = shared
        self.workers = workers
        self.snapshot = Mutex(snapshot)
        self.tls = tls
        self.logger = logger
        let local = listeners[0].localAddress
        port = local?.port ?? 0
        let host = local?.ipAddress ?? "?"
        address = (tls == nil ? "http://" : "https://") + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }

    /// Opens the listeners. Engines are the worker pool's business; it may be started before or after.
    /// - Throws: `StartError`.
    public static func start(
        _ configuration: Configuration, workers: WorkerPool, options: Options, logger: Logger
    ) async throws -> Gateway {
        let settings = configuration.server
        if let why = BindGuard.refusal(
            host: settings.host, hasKeys: !options.keys.isEmpty, allowAnonymous: options.allowsAnonymous)
        {
            throw StartError.refused(why)
        }
        let tls: TLSBox?
        do {
            tls = try settings.tls.map { try TLSBox($0) }
        } catch {
            throw StartError.refused("\(error)")
        }
        let loops = settings.loops ?? System.coreCount
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let snapshot = Snapshot(
            configuration: configuration, keys: options.keys, allowsAnonymous: options.allowsAnonymous,
            workers: workers, limits: options.limits, endpoints: EndpointBook(), version: options.version)
        let metrics = GatewayMetrics(
            shards: loops, version: options.version, startedAt: WallClock.nanoseconds() / 1_000_000_000)
        let shared = SharedState(
            metrics: metrics, log: options.accessLog.map { AccessLog(descriptor: $0) },
            spools: SpoolRoom(folder: configuration.dataDirectory + "/uploads"),
            pictures: PictureFolder(configuration.dataDirectory + "/files"), endpoints: snapshot.endpoints,
            sink: options.ledger,
            archive: options.archive,
            admin: options.admin, tls: tls)
        do {
            let contexts = try await makeContexts(group, snapshot: snapshot, shared: shared)
            let listeners = try await Listener(group: group, contexts: contexts, settings: settings, tls: tls)
                .open(controlSocket: options.controlSocket)
            let gateway = Gateway(
                group: group, contexts: contexts, listeners: listeners, shared: shared, workers: workers,
                snapshot: snapshot, tls: tls, logger: logger)
            workers.whenLearnt { [weak gateway] in gateway?.takeUpLearnt() }
            gateway.beginProbing()
            return gateway
        } catch {
            try await shared.spools.shutdown()
            try await group.shutdownGracefully()
            throw error
        }
    }

    private static func makeContexts(
        _ group: MultiThreadedEventLoopGroup, snapshot: Snapshot, shared: SharedState
    ) async throws -> [NIOLoopBound<LoopContext>] {
        var contexts: [NIOLoopBound<LoopContext>] = []
        for (loop, shard) in zip(Array(group.makeIterator()), shared.metrics.shards) {
            let context = try await loop.submit {
                NIOLoopBound(
                    LoopContext(loop: loop, snapshot: snapshot, metrics: shard, shared: shared), eventLoop: loop)
            }.get()
            contexts.append(context)
        }
        return contexts
    }

    /// Stops accepting, lets answers finish until the shutdown timeout, ends the rest with an error event, stops the
    /// engines, writes what is left of the log, and returns.
    public func shutdown() async throws {
        for listener in listeners {
            do {
                try await listener.close()
            } catch ChannelError.alreadyClosed {
                continue
            }
        }
        probe.withLock { $0?.cancel() }
        for context in contexts { context.execute { $0.beginStopping() } }
        let deadline = ContinuousClock.now + snapshot.withLock { $0.settings.shutdownTimeout }
        while ContinuousClock.now < deadline, try await isBusy() {
            try await Task.sleep(for: .milliseconds(20))
        }
        for context in contexts { context.execute { $0.cutAll() } }
        await workers.shutdown()
        for context in contexts { try await context.submit { $0.finish() } }
        try await shared.spools.shutdown()
        try await group.shutdownGracefully()
        shared.log?.drain()
        logger.info("stopped")
    }

    /// From now on requests are decided by these files and keys; those that have begun end as they began. Workers of models
    /// that are not in `replacing` stay.
    ///
    /// A bind that was open because it is on loopback and there were no keys closes with the first key, and opens again
    /// when the last one is revoked. What is fixed for the life of the process (address, loops) keeps its value.
    /// - Throws: when the certificate cannot be used; nothing has changed then.
    public func apply(_ configuration: Configuration, keys: KeyRing, replacing: Set<String>) throws {
        if let tls, let files = configuration.server.tls { try tls.replace(with: files) }
        replaceSnapshot { current in
            var configuration = configuration
            configuration.server.host = current.settings.host
            configuration.server.port = current.settings.port
            workers.apply(
                configuration.models, replacing: replacing, memory: configuration.memory,
                isOffline: configuration.isOffline)
            let next = current.with(configuration, keys: keys)
            next.forgetOtherLimits()
            return next
        }
    }

    /// From now on requests are decided by what attached servers say of their models, too.
    private func takeUpLearnt() { replaceSnapshot { $0.with($0.configuration, keys: $0.keys) } }

    private func beginProbing() {
        let task = Task { await EndpointProbe { [weak self] in self?.snapshot.withLock { $0 } }.run() }
        probe.withLock { $0 = task }
    }

    /// Under the lock to its end, so that the loops get snapshots in the order in which they were made.
    private func replaceSnapshot(_ change: (Snapshot) -> Snapshot) {
        snapshot.withLock { current in
            let next = change(current)
            current = next
            for context in contexts { context.execute { $0.snapshot = next } }
        }
    }

    /// For `/metrics`: whether the last reading of the files succeeded, and when it was, in seconds since 1970.
    public func noteReload(succeeded: Bool, at seconds: Int64) {
        shared.reload.withLock { $0.note(succeeded: succeeded, at: seconds) }
    }

    /// The loops that connections live on.
    var loops: [any EventLoop] { contexts.map(\.eventLoop) }

    /// The files that requests are decided by.
    public var configuration: Configuration { snapshot.withLock { $0.configuration } }

    private func isBusy() async throws -> Bool {
        for context in contexts where try await context.submit({ $0.isBusy }) { return true }
        return false
    }
}

extension NIOLoopBound where Value == LoopContext {
    /// Runs `body` on the loop.
    func execute(_ body: @escaping @Sendable (LoopContext) -> Void) {
        eventLoop.execute { body(self.value) }
    }

    /// Runs `body` on the loop and returns what it says.
    func submit<T: Sendable>(_ body: @escaping @Sendable (LoopContext) -> T) async throws -> T {
        try await eventLoop.submit { body(self.value) }.get()
    }
}
