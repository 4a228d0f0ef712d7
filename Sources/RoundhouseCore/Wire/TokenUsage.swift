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

    /// Reads a `usage` object in one pass: OpenAI's names or the newer `input_tokens`/`output_tokens`, of each the first.
    /// The bytes need not be valid JSON; nil if neither input nor output is in them.
    init?(object bytes: UnsafeRawBufferPointer) {
        var input: Int?
        var output: Int?
        var cached: Int?
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\"") else {
                index += 1
                continue
            }
            let start = index + 1
            index = start
            while index < bytes.count, bytes[index] != UInt8(ascii: "\"") { index += 1 }
            let key = UnsafeRawBufferPointer(rebasing: bytes[start..<index])
            index += 1
            switch key.count {
            case 13 where input == nil && key.equals("prompt_tokens"): input = Self.number(in: bytes, from: &index)
            case 12 where input == nil && key.equals("input_tokens"): input = Self.number(in: bytes, from: &index)
            case 17 where output == nil && key.equals("completion_tokens"):
                output = Self.number(in: bytes, from: &index)
            case 13 where output == nil && key.equals("output_tokens"): output = Self.number(in: bytes, from: &index)
            case 13 where cached == nil && key.equals("cached_tokens"): cached = Self.number(in: bytes, from: &index)
            default: break
            }
        }
        guard input != nil || output != nil else { return nil }
        inputTokens = input ?? 0
        outputTokens = output ?? 0
        cachedTokens = cached
    }

    /// The number behind a key's colon; moves `index` behind it.
    private static func number(in bytes: UnsafeRawBufferPointer, from index: inout Int) -> Int? {
        while index < bytes.count, bytes[index] == UInt8(ascii: ":") || bytes[index] <= 0x20 { index += 1 }
        let start = index
        while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 { index += 1 }
        return Int(decimal: UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
    }
}
