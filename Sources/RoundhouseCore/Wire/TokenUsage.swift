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

    /// Reads a `usage` object: OpenAI's names or the newer `input_tokens`/`output_tokens`. The bytes need not be valid
    /// JSON; nil if neither input nor output is in them.
    init?(object bytes: UnsafeRawBufferPointer) {
        let input =
            Self.number(after: "\"prompt_tokens\"", in: bytes) ?? Self.number(after: "\"input_tokens\"", in: bytes)
        let output =
            Self.number(after: "\"completion_tokens\"", in: bytes) ?? Self.number(after: "\"output_tokens\"", in: bytes)
        guard input != nil || output != nil else { return nil }
        inputTokens = input ?? 0
        outputTokens = output ?? 0
        cachedTokens = Self.number(after: "\"cached_tokens\"", in: bytes)
    }

    private static func number(after key: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let length = key.utf8CodeUnitCount
        var index = 0
        while index + length < bytes.count {
            guard bytes[index] == UInt8(ascii: "\""),
                UnsafeRawBufferPointer(rebasing: bytes[index..<index + length]).equals(key)
            else {
                index += 1
                continue
            }
            var end = index + length
            while end < bytes.count, bytes[end] == UInt8(ascii: ":") || bytes[end] <= 0x20 { end += 1 }
            let start = end
            while end < bytes.count, bytes[end] >= 0x30, bytes[end] <= 0x39 { end += 1 }
            return Int(decimal: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        }
        return nil
    }
}
