/// What requests are counted by. The model is a configured name or nil, never what a client made up.
struct RequestKey: Hashable, Sendable {
    var route: String
    var model: String?
    var backend: String?
    /// -1 stands for all others.
    var status: Int
    /// Nil stands for all others.
    var outcome: RequestRecord.Outcome?

    /// What is counted when there is no more room for labels.
    static let other = RequestKey(
        route: MetricLabels.other, model: MetricLabels.other, backend: MetricLabels.other, status: -1, outcome: nil)

    private init(route: String, model: String?, backend: String?, status: Int, outcome: RequestRecord.Outcome?) {
        self.route = route
        self.model = model
        self.backend = backend
        self.status = status
        self.outcome = outcome
    }

    init(_ record: RequestRecord) {
        self.init(
            route: record.route, model: record.model, backend: record.backend, status: record.status,
            outcome: record.outcome)
    }

    /// Whether a request belongs to a key, of which only the fields are looked at: copying it would cost more than all of them.
    static func matches(_ key: UnsafePointer<RequestKey>, _ record: RequestRecord) -> Bool {
        key.pointee.status == record.status && key.pointee.outcome == record.outcome
            && key.pointee.model == record.model && key.pointee.route == record.route
            && key.pointee.backend == record.backend
    }

    /// The backend is left out: it follows from the model, as long as files do not change.
    static func hash(of record: RequestRecord) -> UInt64 {
        var hash = QuickHash()
        hash.add(UInt64(truncatingIfNeeded: record.status << 3 | record.outcome.number))
        hash.add(record.route)
        if let model = record.model { hash.add(model) }
        return hash.value
    }

    var labels: MetricLabels {
        MetricLabels([
            ("route", route), ("model", model ?? ""), ("backend", backend ?? ""),
            ("status", status < 0 ? MetricLabels.other : String(status)),
            ("outcome", outcome?.rawValue ?? MetricLabels.other),
        ])
    }
}

extension RequestKey: Comparable {
    static func < (a: RequestKey, b: RequestKey) -> Bool {
        (a.route, a.model ?? "", a.backend ?? "", a.status, a.outcome?.rawValue ?? "")
            < (b.route, b.model ?? "", b.backend ?? "", b.status, b.outcome?.rawValue ?? "")
    }
}

/// What times and tokens are counted by.
struct ModelKey: Hashable, Comparable, Sendable {
    var model: String
    var backend: String

    /// What is counted when there is no more room for labels.
    static let other = ModelKey(model: MetricLabels.other, backend: MetricLabels.other)

    var labels: MetricLabels { MetricLabels([("model", model), ("backend", backend)]) }

    static func < (a: ModelKey, b: ModelKey) -> Bool { (a.model, a.backend) < (b.model, b.backend) }
}

extension RequestRecord.Outcome {
    fileprivate var number: Int {
        switch self {
        case .ok: 0
        case .refused: 1
        case .failed: 2
        case .cut: 3
        case .cancelled: 4
        }
    }
}
