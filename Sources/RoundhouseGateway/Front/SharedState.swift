internal import RoundhouseCore
internal import RoundhouseWorkers
internal import Synchronization

#if canImport(Glibc)
private import Glibc
#endif

/// What all loops have in common; immutable, or locked inside.
final class SharedState: Sendable {
    let metrics: GatewayMetrics
    let log: AccessLog?
    /// Where records are kept; nil for nowhere.
    let sink: (any RecordSink)?
    /// What answers the admin routes that need files or the ledger.
    let admin: (any AdminService)?
    /// What came of reading the files again.
    let reload = Mutex(GatewayMetrics.ReloadGauge())

    init(metrics: GatewayMetrics, log: AccessLog?, sink: (any RecordSink)? = nil, admin: (any AdminService)? = nil) {
        self.metrics = metrics
        self.log = log
        self.sink = sink
        self.admin = admin
    }

    /// The answer to `/metrics`.
    func renderMetrics(_ snapshot: Snapshot) -> [UInt8] {
        let workers = snapshot.workers.status().map { status in
            GatewayMetrics.WorkerGauge(
                model: status.model, state: status.state, active: status.active, waiting: status.waiting,
                restarts: status.restarts)
        }
        var readings = GatewayMetrics.Readings()
        readings.workers = workers
        readings.limits = snapshot.limits.all.map { GatewayMetrics.LimitGauge($0.reading(now: .now)) }
        readings.ledger = sink?.gauge
        readings.reload = reload.withLock { $0 }
        readings.residentBytes = Self.residentBytes()
        readings.droppedLogBytes = log?.dropped ?? 0
        return metrics.render(readings)
    }

    /// Second field of /proc/self/statm, in pages (proc(5)).
    private static func residentBytes() -> Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(getpagesize())
    }
}
