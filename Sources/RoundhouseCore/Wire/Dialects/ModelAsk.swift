/// What a request says of the model itself, besides what it asks of it.
public protocol ModelAsk: Sendable {
    /// What is wanted of the model.
    var purpose: ModelPurpose { get }
    /// How long it is to stay loaded; nil is as configured.
    var keepAlive: Residence? { get }
    /// Why a model with a context of `limit` tokens cannot do what is asked; nil if it can.
    func refusal(contextLimit limit: Int) -> EnvelopeError?
    /// The answer to a request that only loads or unloads.
    /// - Parameters:
    ///   - model: the name that the answer carries.
    ///   - now: the moment, in nanoseconds since 1970.
    func answer(model: String, now: Int64) -> [UInt8]
}

/// What is wanted of a model.
public enum ModelPurpose: String, Sendable {
    /// An answer.
    case generate
    /// To be started.
    case load
    /// To be stopped.
    case unload
}

/// What is known of a model without asking its engine.
public struct ModelCard: Sendable {
    /// Its configured name.
    public var name: String
    /// What it can be asked for.
    public var capabilities: CapabilitySet
    /// Tokens that its context holds, if that is known.
    public var contextLength: Int?
    /// Whether its engine runs.
    public var isLoaded = false
    /// When it will be stopped if nobody uses it before, in nanoseconds since 1970; nil is never.
    public var expiresAt: Int64?

    /// What the configuration says of a model.
    public init(_ model: Model) {
        name = model.name
        capabilities = model.capabilities
        contextLength = model.context
    }
}
