/// What one `usage` object says, and what it leaves unsaid. A stream of Anthropic's tells its input in the first one and its output in the
/// last, so that the later ones have to be added to the first.
struct UsageReport: Sendable, Equatable {
    private var input: Int?
    /// Whether `input` leaves out what came from the cache or went there, as Anthropic's `input_tokens` does.
    private var inputExcludesCache = false
    private var output: Int?
    private var cached: Int?
    private var cacheRead: Int?
    private var cacheWritten: Int?

    /// Reads an object in one pass: OpenAI's names, the newer `input_tokens`/`output_tokens` or Anthropic's, of each the first.
    /// The bytes need not be valid JSON; nil if neither input nor output is in them.
    init?(object bytes: UnsafeRawBufferPointer) {
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
            case 12 where input == nil && key.equals("input_tokens"):
                input = Self.number(in: bytes, from: &index)
                inputExcludesCache = input != nil
            case 17 where output == nil && key.equals("completion_tokens"):
                output = Self.number(in: bytes, from: &index)
            case 13 where output == nil && key.equals("output_tokens"): output = Self.number(in: bytes, from: &index)
            case 13 where cached == nil && key.equals("cached_tokens"): cached = Self.number(in: bytes, from: &index)
            case 23 where cacheRead == nil && key.equals("cache_read_input_tokens"):
                cacheRead = Self.number(in: bytes, from: &index)
            case 27 where cacheWritten == nil && key.equals("cache_creation_input_tokens"):
                cacheWritten = Self.number(in: bytes, from: &index)
            default: break
            }
        }
        guard input != nil || output != nil else { return nil }
    }

    /// Takes over what a later report of the same answer says; what it does not say stays.
    mutating func update(with later: UsageReport) {
        if let input = later.input {
            self.input = input
            inputExcludesCache = later.inputExcludesCache
        }
        output = later.output ?? output
        cached = later.cached ?? cached
        cacheRead = later.cacheRead ?? cacheRead
        cacheWritten = later.cacheWritten ?? cacheWritten
    }

    /// The counts; what was not said is 0. Input contains what came from the cache, whatever the engine's way of counting.
    var usage: TokenUsage {
        let beside = inputExcludesCache ? Self.sum(cacheRead ?? 0, cacheWritten ?? 0) : 0
        return TokenUsage(
            inputTokens: Self.sum(input ?? 0, beside), outputTokens: output ?? 0, cachedTokens: cached ?? cacheRead)
    }

    /// The numbers come from elsewhere and have up to 18 digits.
    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflows) = a.addingReportingOverflow(b)
        return overflows ? .max : sum
    }

    /// The number behind a key's colon; moves `index` behind it.
    private static func number(in bytes: UnsafeRawBufferPointer, from index: inout Int) -> Int? {
        while index < bytes.count, bytes[index] == UInt8(ascii: ":") || bytes[index] <= 0x20 { index += 1 }
        let start = index
        while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 { index += 1 }
        return Int(decimal: UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
    }
}
