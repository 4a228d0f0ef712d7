/// The habits of one engine, as data. Whoever relays, supervises or validates reads them here; no other code asks for an
/// engine's name.
public struct EngineProfile: Sendable, Equatable {
    /// The name in `backend:`.
    public var name: String
    /// Other names that people bring for it, LocalAI's among them.
    public var synonyms: [String]
    /// Whether it can be started by us; otherwise it needs an `endpoint`.
    public var canLaunch: Bool
    /// Path on the engine's server that answers 200 once it is ready.
    public var readinessPath: String
    /// What a model of it can do when neither the file nor the weights say otherwise.
    public var capabilities: Set<Capability>
    /// Whether its server listens on a Unix socket.
    public var listensOnUnixSocket: Bool
    /// Idle time after which the engine closes a kept-alive connection; the pool must be quicker. nil: unknown.
    public var keepAliveIdle: Duration?
    /// Requests after which the engine closes a kept-alive connection. nil: unlimited.
    public var keepAliveRequests: Int?
    /// Whether a complete event stream ends with `data: [DONE]`. If so, a stream without it was cut.
    public var endsStreamsWithDone: Bool
    /// Whether it understands `stream_options.include_usage`.
    public var reportsStreamUsage: Bool
    /// Top-level request fields that it answers with an error; they are left out.
    public var rejectedFields: [String]
    /// Whether the context it is told is divided by its slots, so that it must be told the product.
    public var dividesContext: Bool

    /// Keys of a model's YAML that its launcher understands; none of them means anything for an attached model.
    public var launchKeys: [String]
    /// Command-line options that the launcher sets itself, so that `args` must not, and the key to use instead (empty:
    /// there is none).
    public var reservedArguments: [String: String]

    /// A profile with the habits of a plain OpenAI-compatible server.
    public init(name: String, synonyms: [String] = [], canLaunch: Bool = false, capabilities: Set<Capability>) {
        self.name = name
        self.synonyms = synonyms
        self.canLaunch = canLaunch
        self.readinessPath = "/health"
        self.capabilities = capabilities
        self.listensOnUnixSocket = false
        self.endsStreamsWithDone = true
        self.reportsStreamUsage = true
        self.rejectedFields = []
        self.dividesContext = false
        self.launchKeys = []
        self.reservedArguments = [:]
    }
}
