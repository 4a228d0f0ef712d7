/// OpenAI's newer API, `POST /v1/responses`, as https://platform.openai.com/docs/api-reference/responses and the types of its official
/// clients have it.
///
/// Where answers are not kept (`ResponsesKeeping`), what refers to an earlier one is refused, and each says `"store":false`.
public struct Responses: Dialect {
    private let clock: @Sendable () -> Int64

    /// - Parameter clock: nanoseconds since 1970, for answers of engines that do not say when they were made.
    public init(clock: @escaping @Sendable () -> Int64) {
        self.clock = clock
    }

    /// Makes a chat completion of a request for a response.
    public func request(_ body: UnsafeRawBufferPointer, model: String) throws(EnvelopeError) -> TranslatedRequest {
        try request(body, model: model, wish: nil)
    }

    /// - Parameter wish: what was heeded already of what the request says of being kept; nil where nothing is kept.
    func request(
        _ body: UnsafeRawBufferPointer, model: String, wish: KeepingWish?
    ) throws(EnvelopeError) -> TranslatedRequest {
        let fields = try JSONFields(body)
        let request = try ResponsesRequest(fields, isKeeping: wish != nil)
        let answer = ResponsesAnswer(
            settings: try ResponsesSettings.members(fields, model: model, wish: wish), streams: request.streams,
            tellsLogprobs: request.tellsLogprobs, now: clock())
        return TranslatedRequest(body: request.body, answer: answer)
    }

    /// `{"error":{"message","type","param","code"}}`, as everywhere in OpenAI's API.
    public func body(of error: ErrorAnswer) -> [UInt8] { ErrorBody.json(error) }

    /// An `error` event for a stream of which nothing has been written; see `ResponsesAnswer.lastWords` for others.
    public func lastWords(_ error: ErrorAnswer) -> [UInt8] { ResponsesEvents().error(error) }
}
