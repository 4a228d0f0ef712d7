/// A rule with its names resolved. A class whose parts stand by themselves, because a decision looks at many of them and copies none.
final class CompiledRule: Sendable {
    let target: RouteTable.Target
    let label: String
    /// Whether it holds for every request.
    let isUnconditional: Bool

    private let stream: Bool?
    private let needs: RequestNeeds
    private let inputTokens: ClosedRange<Int>
    private let maxTokensOver: Int?
    private let maxTokensUnder: Int?
    private let features: NamePatterns?
    private let teams: NamePatterns?
    private let keys: NamePatterns?
    private let headers: [RouteCondition.Header]

    init(_ condition: RouteCondition, _ target: RouteTable.Target, label: String) {
        self.target = target
        self.label = label
        isUnconditional = condition.isEmpty
        stream = condition.stream
        needs = condition.needs
        let least = condition.inputTokensOver.map { $0 + 1 } ?? .min
        inputTokens = least...max(least, condition.inputTokensUnder.map { $0 - 1 } ?? .max)
        maxTokensOver = condition.maxTokensOver
        maxTokensUnder = condition.maxTokensUnder
        features = condition.features
        teams = condition.teams
        keys = condition.keys
        headers = condition.headers
    }

    /// Whether a request is like this; what costs least is looked at first.
    func holds(for request: borrowing RoutingRequest) -> Bool {
        if isUnconditional { return true }
        if let stream, stream != request.stream { return false }
        if !request.needs.isSuperset(of: needs) { return false }
        if !inputTokens.contains(request.inputTokens) { return false }
        if let maxTokensOver, (request.maxTokens ?? 0) <= maxTokensOver { return false }
        if let maxTokensUnder, (request.maxTokens ?? .max) >= maxTokensUnder { return false }
        if let features, !Self.matches(features, request.feature) { return false }
        if let teams, !Self.matches(teams, request.team) { return false }
        if let keys, !Self.matches(keys, request.key) { return false }
        for header in headers where !Self.matches(header.values, request.header(header.name)) { return false }
        return true
    }

    private static func matches(_ patterns: NamePatterns, _ text: String?) -> Bool {
        text.map(patterns.matches) ?? false
    }
}
