/// A way of asking a model that is not OpenAI's: what a client sends and expects, turned into what every engine understands and back.
/// Pure.
///
/// An engine that speaks the dialect itself gets the request as it is; all others get what `request` makes of it.
public protocol Dialect: Sendable {
    /// Makes the request of OpenAI's API that means the same.
    /// - Parameters:
    ///   - body: what the client sent, a valid JSON object.
    ///   - model: the name that answers are to carry.
    /// - Throws: what cannot be said to an engine that does not speak the dialect, and where it stands.
    func request(_ body: UnsafeRawBufferPointer, model: String) throws(EnvelopeError) -> TranslatedRequest

    /// An error as a whole answer.
    func body(of error: ErrorAnswer) -> [UInt8]

    /// An error as the last thing in a stream that has begun.
    func lastWords(_ error: ErrorAnswer) -> [UInt8]
}

/// What an engine is asked in place of what the client sent.
public struct TranslatedRequest: Sendable {
    /// The request's body. Of chat, it always asks for a stream with its usage: that one is cut when the client leaves, and
    /// whoever does not want a stream gets it put together. `model` is the one that the client named.
    public var body: [UInt8]
    /// Makes the engine's answer into that of the dialect.
    public var answer: any AnswerTranslator

    /// Makes a request.
    public init(body: [UInt8], answer: any AnswerTranslator) {
        self.body = body
        self.answer = answer
    }
}

/// What the bytes of an answer are.
public enum AnswerForm: Sendable {
    /// `text/event-stream`
    case events
    /// `application/x-ndjson`: an object on each line.
    case lines
    /// `application/json`: one object.
    case object

    /// As it stands in `content-type`.
    public var contentType: StaticString {
        switch self {
        case .events: "text/event-stream"
        case .lines: "application/x-ndjson"
        case .object: "application/json"
        }
    }
}
