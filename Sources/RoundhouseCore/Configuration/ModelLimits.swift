/// `limits` of a model.
public struct ModelLimits: Sendable, Equatable {
    /// Requests that the engine gets at the same time; nil is unlimited. A launched engine's default is its `parallel`.
    public var concurrent: Int?
    /// Requests that may wait for the model to load or for a free place; one more is refused with 503.
    public var queue = 256
    /// Longest wait for a free place in a loaded model.
    public var queueTimeout: Duration = .seconds(30)

    /// The defaults above.
    public init() {}
}

/// `timeouts` of a model: four different things that are never called just "timeout".
public struct ModelTimeouts: Sendable, Equatable {
    /// From starting the engine until it is ready.
    public var load: Duration = .seconds(120)
    /// From the request being sent until the first byte of the answer's body (of its head, if that is all).
    public var firstByte: Duration = .seconds(300)
    /// Longest silence between two reads of an answer that has begun.
    public var idle: Duration = .seconds(60)
    /// From the request being sent until the answer's end.
    public var total: Duration = .seconds(900)

    /// The defaults above.
    public init() {}
}
