/// An API of another dialect whose requests go to a model.
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
    /// Makes the answer of engines that do not have it out of how many tokens the request is estimated to have; nil if they are asked.
    public var estimated: (@Sendable (Int) -> [UInt8])?

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
    public static let all: [DialectAPI] = []
}
