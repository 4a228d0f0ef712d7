internal import Synchronization

/// One event loop's share of the metrics. The lock is there for the reader of `/metrics`; between scrapes nobody
/// contends for it.
public final class MetricShard: Sendable {
    /// What requests are counted by. The model is a configured name or nil, never what a client made up.
    struct RequestKey: Hashable, Sendable {
        var route: String
        var model: String?
        var backend: String?
        var status: Int
        var outcome: RequestRecord.Outcome
    }

    /// What times and tokens are counted by.
    struct ModelKey: Hashable, Sendable {
        var model: String
        var backend: String
    }

    struct ModelSeries: Sendable {
        var inputTokens = 0
        var outputTokens = 0
        var estimatedOutputTokens = 0
        var firstByte = Histogram(bounds: Histogram.answers)
        var duration = Histogram(bounds: Histogram.answers)
        var queue = Histogram(bounds: Histogram.answers)
        var load = Histogram(bounds: Histogram.answers)
        var overhead = Histogram(bounds: Histogram.overhead)

        mutating func add(_ other: ModelSeries) {
            inputTokens += other.inputTokens
            outputTokens += other.outputTokens
            estimatedOutputTokens += other.estimatedOutputTokens
            firstByte.add(other.firstByte)
            duration.add(other.duration)
            queue.add(other.queue)
            load.add(other.load)
            overhead.add(other.overhead)
        }
    }

    struct State: Sendable {
        var requests: [RequestKey: Int] = [:]
        var models: [ModelKey: ModelSeries] = [:]
        var openConnections = 0
    }

    private let state = Mutex(State())

    /// An empty share.
    public init() {}

    /// A client connection was opened.
    public func connectionOpened() { state.withLock { $0.openConnections += 1 } }

    /// A client connection was closed.
    public func connectionClosed() { state.withLock { $0.openConnections -= 1 } }

    /// Counts a request.
    public func record(_ record: RequestRecord) {
        state.withLock { state in
            let key = RequestKey(
                route: record.route, model: record.model, backend: record.backend, status: record.status,
                outcome: record.outcome)
            state.requests[key, default: 0] += 1
            guard let model = record.model, let backend = record.backend else { return }
            Self.count(record, in: &state.models[ModelKey(model: model, backend: backend), default: ModelSeries()])
        }
    }

    private static func count(_ record: RequestRecord, in series: inout ModelSeries) {
        series.inputTokens += record.usage.inputTokens ?? 0
        if record.usageSource == .estimated {
            series.estimatedOutputTokens += record.usage.outputTokens ?? 0
        } else {
            series.outputTokens += record.usage.outputTokens ?? 0
        }
        if let firstByte = record.firstByteMicroseconds {
            series.firstByte.observe(firstByte)
            series.overhead.observe(record.overheadMicroseconds)
            series.queue.observe(record.queueMicroseconds)
            series.load.observe(record.loadMicroseconds)
        }
        series.duration.observe(record.durationMicroseconds)
    }

    /// A copy of what has been counted.
    func read() -> State { state.withLock { $0 } }
}
