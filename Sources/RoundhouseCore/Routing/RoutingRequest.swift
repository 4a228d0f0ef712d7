/// What a route decides by: everything about one request, found before any model is chosen.
public struct RoutingRequest {
    /// What the API asks a model for.
    public var capability: Capability
    /// What it needs besides.
    public var needs: RequestNeeds = []
    /// Whether it names media by URL, which engines that we launch must not fetch.
    public var hasRemoteMedia = false
    /// Whether a stream is asked for.
    public var stream = false
    /// Tokens that the prompt is expected to have.
    public var inputTokens = 0
    /// Tokens that it has for certain, or more.
    public var leastInputTokens = 0
    /// The most tokens that the client allows for the answer.
    public var maxTokens: Int?
    /// The feature that the client named.
    public var feature: String?
    /// Team of the caller's key.
    public var team: String?
    /// Id of the caller's key.
    public var key: String?
    /// The value of a request header, by its name in lower case.
    public var header: (String) -> String? = { _ in nil }
    /// What the request has that stays together; see `StickyHash`.
    public var sticky: (RouteStickiness) -> UInt64? = { _ in nil }
    /// Random bits, for what is not sticky.
    public var draw: UInt64 = 0

    /// A request for an API that is served by models with this capability.
    public init(_ capability: Capability) {
        self.capability = capability
    }
}

extension RouteCondition {
    /// Whether a request is like this.
    public func holds(for request: borrowing RoutingRequest) -> Bool {
        if let stream, stream != request.stream { return false }
        if !needs.isEmpty, !request.needs.isSuperset(of: needs) { return false }
        if let inputTokensOver, request.inputTokens <= inputTokensOver { return false }
        if let inputTokensUnder, request.inputTokens >= inputTokensUnder { return false }
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
