/// The shares of all event loops together, in the order in which they are shown.
struct MetricTotals {
    private(set) var requests: [(labels: MetricLabels, count: Int)] = []
    private(set) var models: [(labels: MetricLabels, series: ModelSeries)] = []
    private(set) var teams: [(labels: MetricLabels, series: TeamSeries)] = []
    private(set) var openConnections = 0

    init(_ shards: [MetricShard]) {
        var requests: [RequestKey: Int] = [:]
        var models: [ModelKey: ModelSeries] = [:]
        var teams: [String: TeamSeries] = [:]
        for state in shards.map({ $0.read() }) {
            for (key, row) in zip(state.requests.keys, state.requests.rows) { requests[key, default: 0] += row.count }
            for (key, row) in zip(state.models.keys, state.models.rows) { models[key, default: ModelSeries()].add(row) }
            for (key, row) in zip(state.teams.keys, state.teams.rows) { teams[key, default: TeamSeries()].add(row) }
            openConnections += state.openConnections
        }
        self.requests = requests.sorted { $0.key < $1.key }.map { ($0.key.labels, $0.value) }
        self.models = models.sorted { $0.key < $1.key }.map { ($0.key.labels, $0.value) }
        self.teams = teams.sorted { $0.key < $1.key }.map { (MetricLabels([("team", $0.key)]), $0.value) }
    }
}
