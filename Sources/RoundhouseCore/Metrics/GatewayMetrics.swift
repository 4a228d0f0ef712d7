/// All metrics of a gateway: a share for each event loop, put together when somebody asks.
public final class GatewayMetrics: Sendable {
    /// The shares, one for each event loop.
    public let shards: [MetricShard]
    private let version: String
    private let startedAt: Int64

    /// - Parameters:
    ///   - shards: how many event loops there are.
    ///   - startedAt: seconds since 1970.
    public init(shards: Int, version: String, startedAt: Int64) {
        self.shards = (0..<shards).map { _ in MetricShard() }
        self.version = version
        self.startedAt = startedAt
    }

    /// The state of one worker, as `roundhouse_worker_state` shows it.
    public struct WorkerGauge: Sendable {
        /// Name of the model.
        public var model: String
        /// Its state, as `roundhouse ps` shows it.
        public var state: String
        /// Requests that it is working on.
        public var active: Int
        /// Requests that wait for it.
        public var waiting: Int
        /// How often it was started again after a failure.
        public var restarts: Int

        /// Makes a gauge.
        public init(model: String, state: String, active: Int, waiting: Int, restarts: Int) {
            self.model = model
            self.state = state
            self.active = active
            self.waiting = waiting
            self.restarts = restarts
        }
    }

    /// Prometheus' text format, version 0.0.4.
    public func render(workers: [WorkerGauge], residentBytes: Int?, droppedLogBytes: Int) -> [UInt8] {
        var requests: [MetricShard.RequestKey: Int] = [:]
        var models: [MetricShard.ModelKey: MetricShard.ModelSeries] = [:]
        var connections = 0
        for state in shards.map({ $0.read() }) {
            requests.merge(state.requests, uniquingKeysWith: +)
            models.merge(state.models) { first, second in
                var sum = first
                sum.add(second)
                return sum
            }
            connections += state.openConnections
        }
        var text = PrometheusText()
        renderProcess(&text, connections: connections, residentBytes: residentBytes, droppedLogBytes: droppedLogBytes)
        renderRequests(&text, requests)
        renderModels(&text, models)
        renderWorkers(&text, workers)
        return text.bytes
    }

    private func renderProcess(
        _ text: inout PrometheusText, connections: Int, residentBytes: Int?, droppedLogBytes: Int
    ) {
        text.family("roundhouse_build_info", "gauge", "1, labelled with the version.")
        text.sample("roundhouse_build_info", [("version", version)], "1")
        text.family("process_start_time_seconds", "gauge", "When the gateway started, in seconds since 1970.")
        text.sample("process_start_time_seconds", [], String(startedAt))
        if let residentBytes {
            text.family("process_resident_memory_bytes", "gauge", "Resident memory of the gateway itself.")
            text.sample("process_resident_memory_bytes", [], String(residentBytes))
        }
        text.family("roundhouse_open_connections", "gauge", "Open client connections.")
        text.sample("roundhouse_open_connections", [], String(connections))
        text.family(
            "roundhouse_access_log_dropped_bytes_total", "counter", "Access-log bytes that could not be written.")
        text.sample("roundhouse_access_log_dropped_bytes_total", [], String(droppedLogBytes))
    }

    private func renderRequests(_ text: inout PrometheusText, _ requests: [MetricShard.RequestKey: Int]) {
        text.family("roundhouse_requests_total", "counter", "Requests by route, model, status and outcome.")
        let rows = requests.map { key, count in
            (
                [
                    ("route", key.route), ("model", key.model ?? ""), ("backend", key.backend ?? ""),
                    ("status", String(key.status)), ("outcome", key.outcome.rawValue),
                ], count
            )
        }
        for (labels, count) in rows.sorted(by: { $0.0.map(\.1).lexicographicallyPrecedes($1.0.map(\.1)) }) {
            text.sample("roundhouse_requests_total", labels, String(count))
        }
    }

    private func renderModels(
        _ text: inout PrometheusText, _ models: [MetricShard.ModelKey: MetricShard.ModelSeries]
    ) {
        let rows = models.sorted { ($0.key.model, $0.key.backend) < ($1.key.model, $1.key.backend) }
        text.family("roundhouse_tokens_total", "counter", "Tokens by model and direction; source says who counted.")
        for (key, series) in rows {
            let labels = [("model", key.model), ("backend", key.backend)]
            for (direction, source, count) in [
                ("input", "provider", series.inputTokens), ("output", "provider", series.outputTokens),
                ("output", "estimated", series.estimatedOutputTokens),
            ] {
                text.sample(
                    "roundhouse_tokens_total", labels + [("direction", direction), ("source", source)], String(count))
            }
        }
        let families: [(String, String, any KeyPath<MetricShard.ModelSeries, Histogram> & Sendable)] = [
            ("time_to_first_byte", "From a request's head to the first byte of its answer.", \.firstByte),
            ("request_duration", "From a request's head to the end of its answer.", \.duration),
            ("queue", "Time spent waiting for a place.", \.queue),
            ("load", "Time spent waiting for the engine to load.", \.load),
            ("overhead", "What the gateway itself took before a request went upstream.", \.overhead),
        ]
        for (name, help, path) in families {
            let name = "roundhouse_\(name)_seconds"
            text.family(name, "histogram", help)
            for (key, series) in rows {
                text.histogram(name, [("model", key.model), ("backend", key.backend)], series[keyPath: path])
            }
        }
    }

    private func renderWorkers(_ text: inout PrometheusText, _ workers: [WorkerGauge]) {
        text.family("roundhouse_worker_state", "gauge", "1 for the state that a model's engine is in.")
        for worker in workers {
            text.sample("roundhouse_worker_state", [("model", worker.model), ("state", worker.state)], "1")
        }
        text.family("roundhouse_worker_active_requests", "gauge", "Requests that an engine is working on.")
        for worker in workers {
            text.sample("roundhouse_worker_active_requests", [("model", worker.model)], String(worker.active))
        }
        text.family("roundhouse_worker_waiting_requests", "gauge", "Requests that wait for an engine.")
        for worker in workers {
            text.sample("roundhouse_worker_waiting_requests", [("model", worker.model)], String(worker.waiting))
        }
        text.family("roundhouse_worker_restarts_total", "counter", "Starts of an engine after a failure.")
        for worker in workers {
            text.sample("roundhouse_worker_restarts_total", [("model", worker.model)], String(worker.restarts))
        }
    }
}
