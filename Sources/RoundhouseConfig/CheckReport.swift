internal import FoundationEssentials
internal import RoundhouseCore

/// What `roundhouse check` prints: every problem, and the models as they came out.
public struct CheckReport: Sendable, Codable, Equatable {
    /// A line of the model table.
    public struct Row: Sendable, Codable, Equatable {
        /// What clients send.
        public var name: String
        /// Its further names.
        public var aliases: [String]
        /// Its engine.
        public var backend: String
        /// `launched`, or the endpoints.
        public var runs: String
        /// Tokens that one request may use; nil for an attached model.
        public var contextSize: Int?
        /// What it can be asked for, sorted.
        public var capabilities: [String]
        /// Why it cannot be used; nil if it can.
        public var unavailable: String?
        /// `models/a.yaml:1`.
        public var source: String
    }

    /// Whether there is no error; the exit code is 0 then and 1 otherwise.
    public var ok: Bool
    /// Whether `serve` would start: an error that concerns one model only does not hinder it.
    public var starts: Bool
    /// Everything that was found.
    public var problems: [Problem]
    /// All models; empty if it does not start.
    public var models: [Row]
    /// All routes; empty if it does not start.
    public var routes: [RouteRow]
    /// All teams; empty if it does not start.
    public var teams: [TeamRow]

    /// A report about one load.
    public init(_ result: LoadResult) {
        ok = !result.hasErrors
        starts = result.configuration != nil
        problems = result.problems
        models = result.configuration?.models.map(Row.init) ?? []
        routes = result.configuration?.routes.map(RouteRow.init) ?? []
        teams = result.configuration?.teams.map { TeamRow($0, keys: result.keys) } ?? []
    }

    /// The report as JSON with sorted keys, for programs.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The report for people, every line ended.
    public func text() -> String {
        var lines = problems.map(\.description)
        if !lines.isEmpty { lines.append("") }
        if !models.isEmpty {
            let header = ["NAME", "ALIASES", "BACKEND", "RUNS", "CONTEXT", "CAPABILITIES", "STATE"]
            lines += Self.aligned([header] + models.map(\.cells)) + [""]
        }
        if !routes.isEmpty { lines += Self.aligned([RouteRow.header] + routes.map(\.cells)) + [""] }
        if !teams.isEmpty { lines += Self.aligned([TeamRow.header] + teams.map(\.cells)) + [""] }
        let errors = problems.count { $0.severity == .error }
        let warnings = problems.count { $0.severity == .warning }
        let usable = models.count { $0.unavailable == nil }
        lines.append(
            starts
                ? "\(usable) of \(models.count) models can be used; \(errors) errors, \(warnings) warnings"
                : "Roundhouse would not start with these files; \(errors) errors, \(warnings) warnings")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func aligned(_ rows: [[String]]) -> [String] {
        var widths = [Int](repeating: 0, count: rows.first?.count ?? 0)
        for row in rows { for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) } }
        return rows.map { row in
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            return cells.joined(separator: "  ")
        }
    }
}

extension CheckReport.Row {
    init(_ model: Model) {
        name = model.name
        aliases = model.aliases
        backend = model.profile.name
        switch model.placement {
        case .launched(let settings):
            runs = "launched"
            contextSize = settings.contextSize
        case .attached(let endpoints):
            runs = endpoints.isEmpty ? "-" : endpoints.map(Self.shown).joined(separator: " ")
        }
        capabilities = model.capabilities.map(\.rawValue).sorted()
        unavailable = model.unavailable
        source = "\(model.source.file):\(model.source.line)"
    }

    fileprivate var cells: [String] {
        [
            name, aliases.isEmpty ? "-" : aliases.joined(separator: ","), backend, runs,
            contextSize.map(String.init) ?? "-", capabilities.isEmpty ? "-" : capabilities.joined(separator: ","),
            unavailable.map { "unavailable: \($0)" } ?? "ready to use",
        ]
    }

    private static func shown(_ endpoint: Endpoint) -> String {
        switch endpoint.address {
        case .unix(let path): "unix:\(path)"
        case .tcp(_, _, let tls): "\(tls ? "https" : "http")://\(endpoint.hostHeader)\(endpoint.basePath)"
        }
    }
}
