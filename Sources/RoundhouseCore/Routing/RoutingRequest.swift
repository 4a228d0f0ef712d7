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
