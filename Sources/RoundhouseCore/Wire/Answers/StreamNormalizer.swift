/// Makes a stream of OpenAI's chunks out of one whose engine calls the model otherwise, puts its usage into the last chunk with text and ends
/// without `[DONE]`: the model's public name, usage in a chunk of its own if it was asked for, and the usual end.
public struct StreamNormalizer: AnswerTranslator {
    /// What the engine said that it has used.
    public private(set) var usage: TokenUsage?
    /// What went wrong, in the engine's words.
    public private(set) var failure: String?
    /// Events with content that came.
    public var dataEvents: Int { splitter.dataEvents }
    /// A stream.
    public let input = AnswerForm.events
    /// A stream.
    public let output = AnswerForm.events

    private let model: String
    private let includeUsage: Bool
    private var splitter = EventSplitter()
    private var last: JSONValue?
    private var usageText: JSONValue?
    private var isFinished = false

    /// At the beginning of an answer.
    /// - Parameters:
    ///   - model: the name that answers are to carry.
    ///   - includeUsage: whether the client asked for usage.
    public init(model: String, includeUsage: Bool) {
        self.model = model
        self.includeUsage = includeUsage
    }

    /// Some choice has said why it ended, as the last thing in these streams.
    public var isWhole: Bool { isFinished && failure == nil && !splitter.isOverlong }

    /// Takes the next bytes of the engine's stream.
    public mutating func take(_ payload: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        var splitter = self.splitter
        splitter.take(payload) { chunk($0, into: &output) }
        self.splitter = splitter
    }

    /// The engine's stream has ended.
    public mutating func finish(into output: inout [UInt8]) {
        var splitter = self.splitter
        splitter.finish { chunk($0, into: &output) }
        self.splitter = splitter
        guard isWhole else { return }
        if includeUsage, let usageText, var event = last {
            event["choices"] = .array([])
            event["usage"] = usageText
            write(event, into: &output)
        }
        output += Array("data: [DONE]\n\n".utf8)
    }

    private mutating func chunk(_ data: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        guard var event = JSONValue(data), case .object = event else { return }
        if let error = event["error"], !error.isNull {
            failure = error.explanation
            write(event, into: &output)
            return
        }
        if event["model"] != nil { event["model"] = .string(model) }
        if let found = event["usage"], !found.isNull {
            usage = TokenUsage(json: found)
            usageText = found
            event["usage"] = nil
        }
        let reasons = (event["choices"]?.elements ?? []).compactMap { $0["finish_reason"]?.string }
        if reasons.contains("abort") { failure = "the engine was stopped in the middle of its answer" }
        if !reasons.isEmpty { isFinished = true }
        last = event
        write(event, into: &output)
    }

    private func write(_ event: JSONValue, into output: inout [UInt8]) {
        output += Array("data: ".utf8)
        output += event.text
        output += [0x0a, 0x0a]
    }
}

extension TokenUsage {
    /// Reads a `usage` object; nil if there are no tokens in it.
    init?(json: JSONValue) {
        let text = json.text
        guard let usage = text.withUnsafeBytes({ TokenUsage(object: $0) }) else { return nil }
        self = usage
    }
}
