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
    /// Names of the events that end a stream of it as they should, or say that it failed.
    public var nativeEndings: [String] = []
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

    /// How its answers are kept; nil if they never are.
    public var keeping: (any DialectKeeping)?

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
