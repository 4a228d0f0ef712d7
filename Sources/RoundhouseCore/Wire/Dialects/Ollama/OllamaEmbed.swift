/// `POST /api/embed` of Ollama (`EmbedRequest` and `EmbedResponse` of its api/types.go): one text or several, and as many vectors.
public struct OllamaEmbed: OllamaDialect {
    private let clock: @Sendable () -> Int64

    /// - Parameter clock: nanoseconds since 1970; answers say how long they took.
    public init(clock: @escaping @Sendable () -> Int64) {
        self.clock = clock
    }

    /// Makes the request for embeddings that means the same.
    public func request(_ body: UnsafeRawBufferPointer, model: String) throws(EnvelopeError) -> TranslatedRequest {
        let fields = try JSONFields(body)
        guard let input = fields["input"] else { throw fields.error("input", "is missing: it holds the texts") }
        let texts = input.kind == .string ? [input] : try fields.elements("input")
        if let index = texts.firstIndex(where: { $0.kind != .string }) {
            throw fields.error("input[\(index)]", "must be a string, and is \(texts[index].kind.words)")
        }
        var request = JSONObjectWriter()
        request.add("input", raw: fields.raw(input))
        if let count = try fields.whole("dimensions"), count > 0 { request.add("dimensions", count) }
        try OllamaEmbeddings.write(fields, except: ["input", "dimensions"], into: &request)
        return TranslatedRequest(
            body: request.text, answer: OllamaVectors(.all, model: model, clock: clock))
    }
}

/// `POST /api/embeddings` of Ollama, the older way: one text and its vector (`EmbeddingRequest`, `EmbeddingResponse`).
public struct OllamaEmbeddings: OllamaDialect {
    /// What says how a request is run. `truncate` says what to do with a text that is too long: engines refuse it, which a client is told.
    private static let known: Set<String> = [
        "model", "options", "keep_alive", "truncate", "stream", "stream_options", "encoding_format",
    ]

    /// Makes a dialect.
    public init() {}

    /// Makes the request for embeddings that means the same.
    public func request(_ body: UnsafeRawBufferPointer, model: String) throws(EnvelopeError) -> TranslatedRequest {
        let fields = try JSONFields(body)
        guard let prompt = fields["prompt"], try fields.string("prompt") != nil else {
            throw fields.error("prompt", "is missing: it is the text")
        }
        var request = JSONObjectWriter()
        request.add("input", raw: fields.raw(prompt))
        try Self.write(fields, except: ["prompt"], into: &request)
        return TranslatedRequest(body: request.text, answer: OllamaVectors(.first, model: model, clock: { 0 }))
    }

    /// Writes what both ways share, and every field that nobody here knows as it is.
    static func write(
        _ fields: JSONFields, except others: Set<String>, into request: inout JSONObjectWriter
    ) throws(EnvelopeError) {
        _ = try Residence(fields)
        if let options = try fields.object("options") { _ = try OllamaOptions.contextSize(options) }
        if let model = fields["model"] { request.add("model", raw: fields.raw(model)) }
        request.add("encoding_format", "float")
        request.addRest(of: fields, except: known.union(others))
    }
}
