/// How many answers a request for text asks for at once.
public struct ChoiceCount: Sendable, Equatable {
    /// Prompts; a chat is one.
    public var prompts = 1
    /// Answers to each.
    public var answers = 1

    /// One of each.
    public init() {}

    /// All answers together.
    public var choices: Int { prompts.multipliedReportingOverflow(by: answers).partialValue }

    /// Reads `n`, and the number of prompts in `prompt`: texts, or arrays of tokens. A mere array of tokens is one prompt.
    public init(_ envelope: RequestEnvelope, in body: UnsafeRawBufferPointer) {
        if let field = envelope.field("n", in: body), field.kind == .number,
            let count = Int(decimal: UnsafeRawBufferPointer(rebasing: body[field.value]))
        {
            answers = max(1, min(count, 1 << 20))
        }
        guard let prompt = envelope.field("prompt", in: body), prompt.kind == .array else { return }
        var several = 0
        JSONScan.forEachElement(of: prompt.value, in: body) { if $0.kind != .number { several += 1 } }
        prompts = max(1, several)
    }

    /// Use that was told of one answer, made into that of all: as near as can be known.
    public func scaled(_ usage: TokenUsage) -> TokenUsage {
        func times(_ count: Int, _ factor: Int) -> Int {
            let (product, overflow) = count.multipliedReportingOverflow(by: factor)
            return overflow ? .max : product
        }
        return TokenUsage(
            inputTokens: times(usage.inputTokens, prompts), outputTokens: times(usage.outputTokens, choices),
            cachedTokens: usage.cachedTokens.map { times($0, prompts) })
    }
}
