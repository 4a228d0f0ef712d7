/// Anthropic's API: `POST /v1/messages`, as https://platform.claude.com/docs/en/api/messages has it, and
/// `POST /v1/messages/count_tokens`.
public struct AnthropicMessages: Dialect {
    /// The dialect has no settings.
    public init() {}

    /// Makes a chat completion of a request for a message.
    public func request(_ body: UnsafeRawBufferPointer, model: String) throws(EnvelopeError) -> TranslatedRequest {
        let request = try AnthropicRequest(body)
        let answer: any AnswerTranslator =
            request.stream
            ? AnthropicStream(model: model, showsThinking: request.thinking.isShown)
            : AnthropicAssembler(model: model, showsThinking: request.thinking.isShown)
        return TranslatedRequest(body: request.body, answer: answer)
    }

    /// Checks a request for a count, and makes the chat completion whose prompt is to be counted: as `request` does, with
    /// neither `max_tokens` nor `stream` in it.
    public func countRequest(_ body: UnsafeRawBufferPointer) throws(EnvelopeError) -> [UInt8] {
        try AnthropicRequest(body, isForCounting: true).body
    }

    /// The answer to a request for a count.
    public func countAnswer(tokens: Int) -> [UInt8] {
        var bytes = Array(#"{"input_tokens":"#.utf8)
        bytes.append(number: max(0, tokens))
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// `{"type":"error","error":{"type","message"}}`
    public func body(of error: ErrorAnswer) -> [UInt8] {
        AnthropicError(type: AnthropicError.type(of: error), message: error.message).json
    }

    /// The same as an event, after which Anthropic's clients raise an error.
    public func lastWords(_ error: ErrorAnswer) -> [UInt8] {
        AnthropicError(type: AnthropicError.type(of: error), message: error.message).event
    }
}
