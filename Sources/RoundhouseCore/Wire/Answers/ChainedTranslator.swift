/// Two translations in a row: of an engine's habits into what OpenAI answers, and of that into another dialect.
public struct ChainedTranslator: AnswerTranslator {
    private var first: any AnswerTranslator
    private var second: any AnswerTranslator

    /// The output of the first is the input of the second.
    public init(_ first: any AnswerTranslator, then second: any AnswerTranslator) {
        self.first = first
        self.second = second
    }

    /// Takes the next bytes of the body, without framing.
    public mutating func take(_ payload: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        var between: [UInt8] = []
        first.take(payload, into: &between)
        between.withUnsafeBytes { second.take($0, into: &output) }
    }

    /// The body has come to its end.
    public mutating func finish(into output: inout [UInt8]) {
        var between: [UInt8] = []
        first.finish(into: &between)
        between.withUnsafeBytes { second.take($0, into: &output) }
        second.finish(into: &output)
    }

    /// What the engine said that it has used.
    public var usage: TokenUsage? { first.usage ?? second.usage }
    /// Events with content that came.
    public var dataEvents: Int { first.dataEvents }
    /// What went wrong, in the engine's words.
    public var failure: String? { first.failure ?? second.failure }
    /// Whether the answer was seen to its proper end.
    public var isWhole: Bool { first.isWhole }
    /// What the second says.
    public func lastWords(_ error: ErrorAnswer) -> [UInt8]? { second.lastWords(error) }
    /// What the second has put together.
    public var whole: [UInt8]? { second.whole }
    /// What the engine must answer with.
    public var input: AnswerForm { first.input }
    /// What the client gets.
    public var output: AnswerForm { second.output }
}
