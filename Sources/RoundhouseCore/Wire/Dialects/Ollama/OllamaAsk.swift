/// What the gateway itself must know of a request to one of Ollama's paths, before it is translated.
public struct OllamaAsk: ModelAsk, Equatable {
    /// The paths that ask a model.
    public enum Path: Sendable {
        /// `/api/chat`
        case chat
        /// `/api/generate`
        case generate
        /// `/api/embed`
        case embed
        /// `/api/embeddings`
        case embeddings
    }

    /// Where it was asked.
    public let path: Path
    /// What is wanted. A request without messages, prompt or text has nothing to ask: it loads the model, or with `"keep_alive":0`
    /// unloads it, and the gateway answers it itself.
    public let purpose: ModelPurpose
    /// How long the model is to stay loaded; nil is as configured.
    public let keepAlive: Residence?
    /// The context that the client wants to have, in tokens (`options.num_ctx`).
    public let contextSize: Int?
    /// Whether pictures come with it: it needs a model that sees.
    public let hasImages: Bool

    /// Reads a request.
    public init(_ body: UnsafeRawBufferPointer, path: Path) throws(EnvelopeError) {
        let fields = try JSONFields(body)
        self.path = path
        keepAlive = try Residence(fields)
        let options = try fields.object("options")
        contextSize = if let options { try OllamaOptions.contextSize(options) } else { nil }
        let isEmpty: Bool
        var hasImages = false
        switch path {
        case .chat:
            let messages = try fields.elements("messages")
            isEmpty = messages.isEmpty
            for (index, element) in messages.enumerated() where !hasImages {
                let message = try fields.object(element, at: index, of: "messages")
                hasImages = try !message.elements("images").isEmpty
            }
        case .generate:
            isEmpty = try fields.string("prompt")?.isEmpty ?? true
            hasImages = try !fields.elements("images").isEmpty
        case .embed:
            isEmpty = fields["input"].map { fields.isNothing($0) } ?? true
        case .embeddings: isEmpty = try fields.string("prompt")?.isEmpty ?? true
        }
        purpose = !isEmpty ? .generate : keepAlive == .unloaded ? .unload : .load
        self.hasImages = hasImages
    }

    /// Why a model with a context of `limit` tokens cannot do what is asked; nil if it can.
    public func refusal(contextLimit limit: Int) -> EnvelopeError? {
        guard let contextSize, contextSize > limit else { return nil }
        return EnvelopeError(
            "\"options.num_ctx\" asks for a context of \(contextSize) tokens, and the model has \(limit). Ask for at most that, or leave it out.",
            parameter: "options.num_ctx", at: 0)
    }

    /// The answer to a request that only loads or unloads: one object, also for a client that wants a stream.
    /// - Parameters:
    ///   - model: the name that the answer carries.
    ///   - now: the moment, in nanoseconds since 1970.
    public func answer(model: String, now: Int64) -> [UInt8] {
        var answer = JSONObjectWriter()
        if path == .embeddings {
            answer.add("embedding", elements: [])
            return answer.text
        }
        answer.add("model", model)
        switch path {
        case .embed, .embeddings: answer.add("embeddings", elements: [])
        case .chat, .generate:
            answer.add("created_at", OllamaTimestamp.text(now))
            if path == .chat {
                answer.add("message", raw: #"{"role":"assistant","content":""}"#.utf8)
            } else {
                answer.add("response", "")
            }
            answer.add("done", true)
            answer.add("done_reason", purpose.rawValue)
        }
        return answer.text
    }
}

extension JSONFields {
    /// Whether a field is a string or an array that holds nothing.
    fileprivate func isNothing(_ field: RequestEnvelope.Field) -> Bool {
        field.kind == .string && field.value.count == 2 || field.kind == .array && !scan.hasElements(field.value)
    }
}
