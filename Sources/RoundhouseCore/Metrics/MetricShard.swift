internal import Synchronization

/// One event loop's share of the metrics. The lock is there for the reader of `/metrics`; between scrapes nobody
/// contends for it.
public final class MetricShard: Sendable {
    private let state = Mutex(State())

    /// An empty share.
    public init() {}

    /// A client connection was opened.
    public func connectionOpened() { state.withLock { $0.openConnections += 1 } }

    /// A client connection was closed.
    public func connectionClosed() { state.withLock { $0.openConnections -= 1 } }

    /// Counts a request.
    public func record(_ record: borrowing RequestRecord) { state.withLock { $0.count(record) } }

    /// A copy of what has been counted.
    func read() -> State { state.withLock { $0 } }
}

extension MetricShard {
    /// The label sets that a share holds of one family; what comes after them is counted as `other`. Models, teams and
    /// routes come from files; but statuses come from upstreams, and files change while the gateway runs.
    static let labelSets = 1000

    struct State: Sendable {
        private(set) var requests = SeriesTable<RequestKey, RequestRow>(limit: labelSets)
        private(set) var models = SeriesTable<ModelKey, ModelSeries>(limit: labelSets)
        private(set) var teams = SeriesTable<String, TeamSeries>(limit: labelSets)
        var openConnections = 0

        /// How many requests, and where their model's row is: with it the model is not looked for.
        struct RequestRow: Sendable {
            var count = 0
            var model: Int?
        }

        mutating func count(_ record: RequestRecord) {
            let row = row(of: record)
            requests.rows[row].count += 1
            if let model = requests.rows[row].model ?? model(of: record) { models.rows[model].count(record) }
            if let team = record.team { teams.rows[self.row(ofTeam: team)].count(record) }
        }

        private mutating func row(of record: RequestRecord) -> Int {
            let hash = RequestKey.hash(of: record)
            if let index = requests.index(hash: hash, matches: { RequestKey.matches($0, record) }) { return index }
            var row = RequestRow()
            let model = model(of: record)
            if requests.keys.count < MetricShard.labelSets { row.model = model }
            return requests.add(hash: hash, key: RequestKey(record), other: .other, row: row)
        }

        private mutating func model(of record: RequestRecord) -> Int? {
            guard let model = record.model, let backend = record.backend else { return nil }
            var hash = QuickHash()
            hash.add(model)
            hash.add(backend)
            return models.index(hash: hash.value) { $0.pointee.model == model && $0.pointee.backend == backend }
                ?? models.add(
                    hash: hash.value, key: ModelKey(model: model, backend: backend), other: .other, row: ModelSeries())
        }

        private mutating func row(ofTeam team: String) -> Int {
            var hash = QuickHash()
            hash.add(team)
            return teams.index(hash: hash.value) { $0.pointee == team }
                ?? teams.add(hash: hash.value, key: team, other: MetricLabels.other, row: TeamSeries())
        }
    }
}
