/// An answer of another dialect that is for no model: lists, versions, and what is not offered.
public struct DialectPage: Sendable {
    /// What an answer is made of.
    public struct Facts: Sendable {
        /// The models that the caller may use; none for a page that everybody may see.
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
