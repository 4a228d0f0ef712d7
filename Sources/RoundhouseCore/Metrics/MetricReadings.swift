extension GatewayMetrics {
    /// What `/metrics` shows besides what requests have been counted: how things stand now, as their owners say. What is nil
    /// is left out.
    public struct Readings: Sendable {
        /// The models' engines.
        public var workers: [WorkerGauge]?
        /// The endpoints of attached models among which requests have a choice.
        public var endpoints: [EndpointGauge]?
        /// Who has limits, and what is taken of them.
        public var limits: [LimitGauge]?
        /// The ledger.
        public var ledger: LedgerGauge?
        /// The last look at the files.
        public var reload: ReloadGauge?
        /// Resident memory of the gateway.
        public var residentBytes: Int?
        /// Access-log bytes that could not be written, since the start.
        public var droppedLogBytes: Int?
        /// When the listener's certificate expires, in seconds since 1970.
        public var certificateExpiry: Int64?

        /// Nothing known.
        public init() {}
    }

    /// The state of one worker.
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
        /// Resident memory of the engine and its descendants; nil if there is none of ours.
        public var memoryBytes: Int?

        /// Makes a gauge.
        public init(
            model: String, state: String, active: Int, waiting: Int, restarts: Int, memoryBytes: Int? = nil
        ) {
            self.model = model
            self.state = state
            self.active = active
            self.waiting = waiting
            self.restarts = restarts
            self.memoryBytes = memoryBytes
        }
    }

    /// How an endpoint is doing.
    public struct EndpointGauge: Sendable, Codable {
        /// Name of the model.
        public var model: String
        /// Address of the endpoint.
        public var endpoint: String
        /// `well`, `paused` (it asked for that), `open` (it failed, and is left alone) or `half open` (one request tries).
        public var state: String
        /// Requests that it is working on.
        public var active: Int
        /// Seconds until it may be asked again; nil if it may now.
        public var wait: Int?

        /// Makes a gauge.
        public init(model: String, endpoint: String, state: String, active: Int, wait: Int? = nil) {
            self.model = model
            self.endpoint = endpoint
            self.state = state
            self.active = active
            self.wait = wait
        }
    }

    /// The ledger and the chain of escalations.
    public struct LedgerGauge: Sendable {
        /// Records written since the start.
        public var written = 0
        /// Records in memory that are not written yet.
        public var waiting = 0
        /// Records given up since the start.
        public var dropped = 0
        /// How long the oldest of those that wait has waited.
        public var lagSeconds = 0.0
        /// Whether writing fails at the moment.
        public var isFailing = false
        /// Whether the chain of escalations was found not to be whole.
        public var isAuditBroken = false
        /// Whether the chain's head file cannot be written.
        public var isHeadFailing = false

        /// A ledger that has had nothing to do.
        public init() {}
    }

    /// What came of the looks at the files, the one at the start included.
    public struct ReloadGauge: Sendable {
        /// Whether the files that were read last are used.
        public var succeeded = true
        /// When the files that are used were read, in seconds since 1970.
        public var succeededAt: Int64 = 0
        /// Changes that were taken over, since the start.
        public var applied = 0
        /// Changes that were refused, since the start.
        public var refused = 0

        /// Files as they were at the start.
        public init() {}
    }
}
