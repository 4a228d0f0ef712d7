/// Who makes a request, as far as routes ask.
public struct RoutingCaller {
    /// The feature that the client named.
    public var feature: String?
    /// Team of the caller's key.
    public var team: String?
    /// Id of the caller's key.
    public var key: String?
    /// Address of the client, for callers without a key.
    public var address: String?
    /// The value of a request header, by its name in lower case.
    public var header: (String) -> String?

    /// Nobody in particular.
    public init(
        feature: String? = nil, team: String? = nil, key: String? = nil, address: String? = nil,
        header: @escaping (String) -> String? = { _ in nil }
    ) {
        self.feature = feature
        self.team = team
        self.key = key
        self.address = address
        self.header = header
    }

    /// A hash of who or what a request is made for. What it does not say falls back to what is less exact. Conversations are told by
    /// `x-session-id`, Open WebUI's headers, `session_id`, `conversation_id`, `prompt_cache_key` and `metadata.session_id`; users by
    /// `user`, `safety_identifier` and `metadata.user_id`.
    /// - Parameter envelope: what was found in `body`; nil for a form.
    public func stickyHash(
        _ kind: RouteStickiness, _ envelope: RequestEnvelope?, in body: UnsafeRawBufferPointer
    ) -> UInt64 {
        func found(_ kind: RouteStickiness) -> UInt64? {
            let headers = kind == .session ? ["x-session-id", "x-openwebui-chat-id"] : ["x-openwebui-user-id"]
            for name in headers { if let value = header(name) { return StickyHash.of(value) } }
            guard let envelope, let range = RoutingFacts.identity(kind, envelope, in: body) else { return nil }
            return StickyHash.of(UnsafeRawBufferPointer(rebasing: body[range]))
        }
        switch kind {
        case .session: if let hash = found(.session) ?? found(.user) { return hash }
        case .user: if let hash = found(.user) { return hash }
        case .key: break
        }
        return StickyHash.of(key ?? address ?? "")
    }
}

extension RoutingRequest {
    /// Describes a request whose body has been scanned. It refers to `body`, and must not outlive it.
    /// - Parameter envelope: what was found in `body`; nil for a form, whose file is not looked at before it is known who is to hear
    ///   or see it.
    public init(
        _ capability: Capability, _ envelope: RequestEnvelope?, in body: UnsafeRawBufferPointer,
        from caller: RoutingCaller,
        leastContext: Int?, draw: UInt64
    ) {
        self.init(capability)
        if let envelope {
            let facts = RoutingFacts(envelope, in: body, leastContext: leastContext)
            needs = facts.needs
            inputTokens = facts.inputTokens
            leastInputTokens = facts.leastInputTokens
            hasRemoteMedia = envelope.hasRemoteMedia
            stream = envelope.stream
            maxTokens = envelope.maxTokens
        }
        feature = caller.feature
        team = caller.team
        key = caller.key
        header = caller.header
        sticky = { caller.stickyHash($0, envelope, in: body) }
        self.draw = draw
    }
}
