/// One model as clients know it: an entry of `models/*.yaml`.
public struct Model: Sendable, Equatable {
    /// What clients send, exactly.
    public var name: String
    /// Further names for the same model.
    public var aliases: [String]
    /// Which engine serves it, and that engine's habits.
    public var profile: EngineProfile
    /// Where the entry stands, for messages.
    public var source: SourceLocation
    /// Launched by us, or running elsewhere.
    public var placement: Placement
    /// What `model` says in the request that goes upstream: an attached server's own name for it. A launched engine is
    /// given the public name as its alias, so there it is `name`.
    public var upstreamName: String
    /// Sent upstream as `Authorization: Bearer`; attached models only.
    public var apiKey: Secret?
    /// Request fields that are added when the client did not send them, as JSON, in the order of the file.
    public var requestDefaults: [RequestDefault]
    /// What it can do; a request for anything else is refused before an engine sees it.
    public var capabilities: CapabilitySet
    /// Whether what its engine says of it counts in the place of `capabilities`, because the file says nothing.
    public var learnsCapabilities = false
    /// How many requests at a time, and how many may wait.
    public var limits: ModelLimits
    /// The named timeouts of one request.
    public var timeouts: ModelTimeouts
    /// What it costs; nil is unpriced, which is not the same as free.
    public var cost: Price?
    /// How much all callers together may ask of it.
    public var rateLimits = RateLimits()
    /// What the operator says of an attached model's endpoints: that they are their own (`local: true`), so that a request to
    /// them does not count as leaving the house; or that what listens there sends it on (`local: false`). nil: by the address.
    public var isOwn: Bool?
    /// Whether the engine may fetch pictures and sounds that requests name by URL. One that we launched would do so from this
    /// machine, with what it can reach.
    public var fetchesMedia = false
    /// Idle time before a launched engine is stopped; nil keeps it for ever.
    public var keepAlive: Duration?
    /// How long an attached engine is told to keep the model; nil leaves that to the engine.
    public var residence: Residence?
    /// Models or routes that requests for it go to when it cannot serve them, or has failed before the first byte of an answer. Only
    /// requests that name this model itself go there; routes have a fallback of their own.
    public var fallback: [String] = []
    /// How often a request is sent again to this model when no byte of an answer came; nil is once, and never where it has a price.
    public var retries: Int?
    /// What requests stay with one of several endpoints; nil is nothing.
    public var affinity: EndpointAffinity?
    /// Whether clients of streams are told, in comments, that they wait for the engine or for a place in it.
    public var tellsWaiting = false
    /// Whether an answer is made to its end, and recorded, when its client has left.
    public var finishesAlone = false
    /// What the file says of a launched model's memory.
    public var memory = MemoryNeeds()
    /// Size of the weights of a launched model, in bytes, where they are a file.
    public var weightBytes: Int?
    /// Started with the gateway, and asked for one token before `/readyz` turns green.
    public var warmUp: Bool
    /// Why it cannot be used on this machine now (weights or engine missing), as a sentence for people; nil if it can.
    public var unavailable: String?

    /// Path on its engine's server that answers 200 once it is ready.
    public var readinessPath: String {
        if case .launched(let settings) = placement, let path = settings.probePath { return path }
        return profile.readinessPath
    }

    /// How often a request may be sent again to it.
    public var retryLimit: Int { retries ?? (cost == nil ? 1 : 0) }

    /// A model with every optional part at its default.
    public init(name: String, profile: EngineProfile, source: SourceLocation, placement: Placement) {
        self.name = name
        self.aliases = []
        self.profile = profile
        self.source = source
        self.placement = placement
        self.upstreamName = name
        self.requestDefaults = []
        self.capabilities = profile.capabilities
        self.limits = ModelLimits()
        self.timeouts = ModelTimeouts()
        self.keepAlive = .seconds(900)
        self.warmUp = false
    }
}

/// Where a model runs.
public enum Placement: Sendable, Equatable {
    /// Roundhouse starts the engine and owns its process.
    case launched(LaunchSettings)
    /// Somebody else runs it; at least one endpoint.
    case attached([Endpoint])
}

/// What keeps requests at one of several endpoints, because an engine there remembers prompts.
public enum EndpointAffinity: String, Sendable, CaseIterable {
    /// The longest beginning of the prompt that an endpoint has seen.
    case prefix
    /// The conversation that the request names.
    case session
}

/// A field added to requests that lack it.
public struct RequestDefault: Sendable, Equatable {
    /// The field's name, without quotes.
    public var key: String
    /// Its value as JSON text.
    public var json: [UInt8]

    /// Makes a default from a field name and JSON text.
    public init(key: String, json: [UInt8]) {
        self.key = key
        self.json = json
    }
}

/// A place in a file, for messages.
public struct SourceLocation: Sendable, Hashable {
    /// Path as the user would recognise it, relative to where Roundhouse was started if it lies below.
    public var file: String
    /// Line, from 1.
    public var line: Int

    /// Makes a location.
    public init(file: String, line: Int) {
        self.file = file
        self.line = line
    }
}
