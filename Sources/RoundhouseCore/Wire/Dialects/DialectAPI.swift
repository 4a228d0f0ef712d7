/// An API of another dialect whose requests are for a model.
public struct DialectAPI: Sendable {
    /// The API of OpenAI's that engines are asked in its place.
    public enum Engine: Sendable {
        case chat, embeddings
    }

    /// Where clients find it.
    public var path: String
    /// What stands behind the base path of an engine that has this API itself; nil if no engine is asked for it.
    public var nativePath: String?
    /// What the others are asked.
    public var engine: Engine
    /// How requests and answers are translated.
    public var dialect: any Dialect
    /// Names of request headers that an engine which has the API itself gets.
    public var passedHeaders: [String] = []
    /// The names to look for when a client writes one; the first that there is counts.
    public var lookups: @Sendable (String) -> [String] = { [$0] }
    /// Makes the answer of engines that do not have it out of how many tokens the request is estimated to have; nil if they are asked.
    public var estimated: (@Sendable (Int) -> [UInt8])?
    /// Reads what the gateway itself must know before the request is translated; nil if that is nothing.
    public var ask: (@Sendable (UnsafeRawBufferPointer) throws(EnvelopeError) -> any ModelAsk)?
    /// Makes the answer out of what is known of the model, without asking anybody; nil if it is for the engine.
    public var card: (@Sendable (ModelCard) -> [UInt8])?

    /// Makes an API.
    public init(path: String, nativePath: String? = nil, engine: Engine = .chat, dialect: any Dialect) {
        self.path = path
        self.nativePath = nativePath
        self.engine = engine
        self.dialect = dialect
    }
}

extension DialectAPI {
    /// All of them.
    /// - Parameter clock: nanoseconds since 1970, for answers that say when they were made.
    public static func all(clock: @escaping @Sendable () -> Int64) -> [DialectAPI] {
        AnthropicMessages.apis + OllamaChat.apis(clock: clock) + Responses.apis(clock: clock)
    }
}

/// What a request says of the model itself, besides what it asks of it.
public protocol ModelAsk: Sendable {
    /// What is wanted of the model.
    var purpose: ModelPurpose { get }
    /// How long it is to stay loaded; nil is as configured.
    var keepAlive: KeepAlive? { get }
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

/// An answer of another dialect that is for no model: lists, versions, and what is not offered.
public struct DialectPage: Sendable {
    /// What an answer is made of.
    public struct Facts: Sendable {
        /// The models that the caller may use.
        public var models: [ModelCard]
        /// The gateway's version.
        public var version: String

        /// Makes facts.
        public init(models: [ModelCard], version: String) {
            self.models = models
            self.version = version
        }
    }

    /// The method; GET also answers HEAD.
    public var method: String
    /// The path; a `*` at its end stands for the rest of the path.
    public var path: String
    /// HTTP status.
    public var status = 200
    /// Whether everybody may see it: it says nothing of what there is.
    public var isPublic = false
    /// Whether it is text and not JSON.
    public var isText = false
    /// Makes the body.
    public var body: @Sendable (Facts) -> [UInt8]

    /// Makes a page.
    public init(_ method: String, _ path: String, body: @escaping @Sendable (Facts) -> [UInt8]) {
        self.method = method
        self.path = path
        self.body = body
    }

    /// All of them.
    public static let all: [DialectPage] = OllamaChat.pages
}
