/// `POST /api/generate` of Ollama: a prompt, asked as a conversation of one message (`GenerateRequest` and `GenerateResponse` of Ollama's
/// api/types.go).
public struct OllamaGenerate: OllamaDialect {
    private let clock: @Sendable () -> Int64
    private static let known: Set<String> = [
        "prompt", "system", "images", "suffix", "template", "raw", "context", "width", "height", "steps",
    ]

    /// - Parameter clock: nanoseconds since 1970; answers say when they were made and how long they took.
    public init(clock: @escaping @Sendable () -> Int64) {
        self.clock = clock
    }

    /// Makes the chat request that means the same.
    public func request(_ body: UnsafeRawBufferPointer, model: String) throws(EnvelopeError) -> TranslatedRequest {
        let fields = try JSONFields(body)
        try refuse(fields)
        var messages: [[UInt8]] = []
        if let system = try fields.string("system"), !system.isEmpty {
            var message = JSONObjectWriter()
            message.add("role", "system")
            message.add("content", system)
            messages.append(message.text)
        }
        var message = JSONObjectWriter()
        message.add("role", "user")
        try OllamaMessages.writeContent(fields, "prompt", into: &message)
        guard try fields.string("prompt")?.isEmpty == false else {
            throw fields.error("prompt", "is empty: there is nothing to answer")
        }
        messages.append(message.text)
        var request = JSONObjectWriter()
        request.add("messages", elements: messages)
        let streams = try OllamaGeneration.write(fields, except: Self.known, into: &request)
        return TranslatedRequest(
            body: request.text, answer: OllamaAnswer(.generate, model: model, streams: streams, clock: clock))
    }

    /// What a chat cannot do.
    private func refuse(_ fields: JSONFields) throws(EnvelopeError) {
        if try fields.flag("raw") == true {
            throw fields.error(
                "raw", "is not offered here; /v1/completions takes a prompt as it is, without a template")
        }
        if try fields.string("suffix")?.isEmpty == false {
            throw fields.error(
                "suffix", "is not offered here; /v1/completions takes \"suffix\" for models that fill in text")
        }
        if try fields.string("template")?.isEmpty == false {
            throw fields.error("template", "is not offered here: a model's template is the engine's; leave it out")
        }
        if try !fields.elements("context").isEmpty {
            throw fields.error(
                "context", "is not offered here: conversations go to /api/chat, as \"messages\"; leave it out")
        }
        for name in ["width", "height", "steps"] {
            if let value = try fields.whole(name), value > 0 {
                throw fields.error(name, "is not offered here: pictures are made at /v1/images/generations")
            }
        }
    }
}
