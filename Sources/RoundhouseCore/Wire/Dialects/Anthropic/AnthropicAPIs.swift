extension AnthropicMessages {
    /// The paths of Anthropic's API that are served.
    static let apis: [DialectAPI] = {
        let headers = ["anthropic-version", "anthropic-beta"]
        var messages = DialectAPI(path: "/v1/messages", nativePath: "/messages", dialect: AnthropicMessages())
        messages.passedHeaders = headers
        messages.nativeEndings = ["message_stop", "error"]
        var count = DialectAPI(
            path: "/v1/messages/count_tokens", nativePath: "/messages/count_tokens", dialect: AnthropicCount())
        count.passedHeaders = headers
        count.estimated = { AnthropicMessages().countAnswer(tokens: $0) }
        return [messages, count]
    }()
}

/// `POST /v1/messages/count_tokens`, where the engine has no such API: the prompt is made as for a message, and its tokens are estimated.
struct AnthropicCount: Dialect {
    private let messages = AnthropicMessages()

    func request(_ body: UnsafeRawBufferPointer, model: String) throws(EnvelopeError) -> TranslatedRequest {
        TranslatedRequest(
            body: try messages.countRequest(body), answer: AnthropicAssembler(model: model, showsThinking: false))
    }

    func body(of error: ErrorAnswer) -> [UInt8] { messages.body(of: error) }
    func lastWords(_ error: ErrorAnswer) -> [UInt8] { messages.lastWords(error) }
}
