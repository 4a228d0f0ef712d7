internal import RoundhouseCore
internal import RoundhouseWorkers
internal import Synchronization

/// What all loops have in common; immutable, or locked inside.
final class SharedState: Sendable {
    let metrics: GatewayMetrics
    let log: AccessLog?
    /// Where records are kept; nil for nowhere.
    let sink: (any RecordSink)?
    /// Where answers are kept; nil for nowhere.
    let archive: (any AnswerArchive)?
    /// What answers the admin routes that need files or the ledger.
    let admin: (any AdminService)?
    /// Where large uploads lie.
    let spools: SpoolRoom
    /// What came of reading the files, at the start and since.
    let reload: Mutex<GatewayMetrics.ReloadGauge>
    /// What is known of attached models' endpoints.
    let endpoints: EndpointBook
    /// Who this gateway is to others.
    let loopGuard = LoopGuard()
    /// Where engines leave pictures.
    let pictures: PictureFolder
    private let tls: TLSBox?

    init(
        metrics: GatewayMetrics, log: AccessLog?, spools: SpoolRoom, pictures: PictureFolder, endpoints: EndpointBook,
        sink: (any RecordSink)? = nil,
        archive: (any AnswerArchive)? = nil,
        admin: (any AdminService)? = nil,
        tls: TLSBox? = nil
    ) {
        self.metrics = metrics
        self.log = log
        self.spools = spools
        self.pictures = pictures
        self.endpoints = endpoints
        self.sink = sink
        self.archive = archive
        self.admin = admin
        self.tls = tls
        var files = GatewayMetrics.ReloadGauge()
        files.succeededAt = metrics.startedAt
        reload = Mutex(files)
    }

    /// The answer to `/metrics`.
    func renderMetrics(_ snapshot: Snapshot) -> [UInt8] {
        let workers = snapshot.workers.status().map { status in
            GatewayMetrics.WorkerGauge(
                model: status.model, state: status.state, active: status.active, waiting: status.waiting,
                restarts: status.restarts,
                memoryBytes: status.memoryBytes)
        }
        var readings = GatewayMetrics.Readings()
        readings.workers = workers
        let endpoints = snapshot.endpointGauges
        readings.endpoints = endpoints.isEmpty ? nil : endpoints
        readings.limits = snapshot.limits.all.map { GatewayMetrics.LimitGauge($0.reading(now: .now)) }
        readings.ledger = sink?.gauge
        readings.reload = reload.withLock { $0 }
        readings.residentBytes = ProcessMemory.ownResidentBytes
        readings.certificateExpiry = tls?.expiry
        readings.droppedLogBytes = log?.dropped ?? 0
        return metrics.render(readings)
    }
}
