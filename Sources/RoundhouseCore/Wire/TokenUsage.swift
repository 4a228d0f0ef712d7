/// Token counts as an engine reports them.
public struct TokenUsage: Sendable, Equatable {
    /// Tokens of the prompt.
    public var inputTokens: Int
    /// Tokens of the answer; 0 for embeddings.
    public var outputTokens: Int
    /// How many of the input tokens came from the engine's cache, if it says so.
    public var cachedTokens: Int?

    /// Makes counts.
    public init(inputTokens: Int, outputTokens: Int, cachedTokens: Int? = nil) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedTokens = cachedTokens
    }

    /// Reads a `usage` object, as `UsageReport` does; nil if neither input nor output is in it.
    init?(object bytes: UnsafeRawBufferPointer) {
        guard let report = UsageReport(object: bytes) else { return nil }
        self = report.usage
    }
}
