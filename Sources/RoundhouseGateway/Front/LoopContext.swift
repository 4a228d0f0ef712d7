internal import NIOCore
internal import RoundhouseCore

/// What one event loop owns: its snapshot, its upstream connections, its share of the metrics and of the log, and its
/// clock. Confined to the loop; nothing in it is locked.
final class LoopContext {
    let loop: any EventLoop
    var snapshot: Snapshot
    let routes = RouteIndex()
    let metrics: MetricShard
    private(set) var upstreams: UpstreamPool
    /// Set once, when shutdown begins.
    var isStopping = false

    let shared: SharedState
    private var log: AccessLog? { shared.log }
    private var logLines: AccessLogLines
    private var records: [RequestRecord] = []
    private var connections: [ObjectIdentifier: ConnectionHandler] = [:]
    private var random: RequestIDGenerator
    private var ticker: RepeatedTask?
    private var idleTicks = 0
    private var turn = UInt64.random(in: 0...UInt64.max)
    private let orders = ModelOrders()
    private var alone: [ObjectIdentifier: Exchange] = [:]
    private var dateLine: [UInt8] = []
    private var dateSecond: Int64 = 0

    /// How often deadlines are looked at and the log is handed on. One timer serves a whole loop: timers of their own
    /// would cost each request more than its routing does.
    private static let tick = TimeAmount.milliseconds(100)
    /// The log is handed on when so much has gathered, or at the next tick.
    private static let logBatch = 60_000
    /// The same for the ledger, in records.
    private static let recordBatch = 1024

    init(loop: any EventLoop, snapshot: Snapshot, metrics: MetricShard, shared: SharedState) {
        self.loop = loop
        self.snapshot = snapshot
        self.metrics = metrics
        self.shared = shared
        upstreams = UpstreamPool(loop: loop)
        random = RequestIDGenerator()
        logLines = AccessLogLines(capacity: shared.log == nil ? 0 : Self.logBatch + 4096)
    }

    /// Whether an answer is being made on any connection.
    var isBusy: Bool { !alone.isEmpty || connections.values.contains { !$0.isIdle } }

    func opened(_ connection: ConnectionHandler) {
        connections[ObjectIdentifier(connection)] = connection
        metrics.connectionOpened()
        startTicking()
    }

    func closed(_ connection: ConnectionHandler) {
        if connections.removeValue(forKey: ObjectIdentifier(connection)) != nil { metrics.connectionClosed() }
    }

    func nextRequestID() -> String { random.next() }

    /// Random bits, for taking turns.
    func nextDraw() -> UInt64 {
        turn &+= 1
        return StickyHash.mix(turn)
    }

    /// What decides besides the request and the files.
    func moment(_ snapshot: Snapshot) -> RoutingMoment {
        let now = NIODeadline.now().nanoseconds
        return RoutingMoment(
            resting: { snapshot.endpointSets[$0]?.wait(now: now) },
            order: { [orders] in orders.order($0, snapshot, now: now) })
    }

    /// Looks after a request whose client has left.
    func adopt(_ exchange: Exchange) { alone[ObjectIdentifier(exchange)] = exchange }

    /// Such a request has ended.
    func ended(_ exchange: Exchange) { alone[ObjectIdentifier(exchange)] = nil }

    /// Takes down what a request came to. The only place that does.
    func record(_ record: borrowing RequestRecord) {
        metrics.record(record)
        if log != nil {
            logLines.append(record)
            if logLines.count >= Self.logBatch { handOnLog() }
        }
        if shared.sink != nil, record.isInference {
            records.append(copy record)
            if records.count >= Self.recordBatch { handOnRecords() }
        }
        startTicking()
    }

    /// Hands the gathered records to the ledger.
    private func handOnRecords() {
        guard let sink = shared.sink, !records.isEmpty else { return }
        sink.take(records)
        records.removeAll(keepingCapacity: true)
    }

    /// Hands the gathered lines to the writer.
    func handOnLog() {
        guard let log, logLines.count > 0 else { return }
        log.write(logLines.take())
    }

    /// `date: ...` with its line end, made once a second (RFC 9110, section 6.6.1).
    func date() -> [UInt8] {
        let second = WallClock.nanoseconds() / 1_000_000_000
        if second != dateSecond {
            dateSecond = second
            dateLine = HTTPDate.headerLine(second)
        }
        return dateLine
    }

    /// Ends the answers that are still being made, and closes all connections.
    func cutAll() {
        for connection in connections.values { connection.cut() }
        for exchange in alone.values { exchange.cut() }
    }

    /// Closes the connections on which nothing is going on; the others close after their answer.
    func beginStopping() {
        isStopping = true
        for connection in connections.values {
            if connection.isIdle { connection.closeNow() } else { connection.beginStopping() }
        }
    }

    /// Closes what is left when the loop is about to end.
    func finish() {
        ticker?.cancel()
        ticker = nil
        handOnLog()
        handOnRecords()
        upstreams.closeAll()
    }

    private func startTicking() {
        idleTicks = 0
        guard ticker == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        ticker = loop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in bound.value.tick() }
    }

    private func tick() {
        handOnLog()
        handOnRecords()
        let now = NIODeadline.now()
        for connection in connections.values { connection.tick(now: now) }
        for exchange in alone.values { exchange.tick(now: now) }
        upstreams.dropExpired(now: now)
        idleTicks = connections.isEmpty && alone.isEmpty && upstreams.isEmpty ? idleTicks + 1 : 0
        if idleTicks > 10 {
            ticker?.cancel()
            ticker = nil
        }
    }
}
