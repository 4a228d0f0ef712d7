/// One event of OpenAI's chat stream, as far as another dialect has use for it. Read in one pass, without a tree.
///
/// Texts are kept as they stand in the event: the content of a JSON string, without its quotes and with its escapes, which goes into an
/// answer of any dialect as it is. The ranges are of the data that was read.
struct ChatChunk {
    /// A part of a call of a tool.
    struct ToolCall {
        /// Which call of the answer it belongs to.
        var index = 0
        var id: Range<Int>?
        var name: Range<Int>?
        var arguments: Range<Int>?
    }

    var id: Range<Int>?
    /// When the answer was made, in seconds since 1970: the number as it stands.
    var created: Range<Int>?
    /// What the first choice says.
    var content: Range<Int>?
    /// What it thinks: `reasoning_content` or `reasoning`.
    var reasoning: Range<Int>?
    var refusal: Range<Int>?
    var toolCalls: [ToolCall] = []
    /// `stop`, `length`, `tool_calls`, `content_filter`, …
    var finishReason: Range<Int>?
    /// The text that ended the answer, where an engine says so (vLLM's `stop_reason`).
    var stopReason: Range<Int>?
    /// The object of the first choice's `logprobs`.
    var logprobs: Range<Int>?
    var usage: TokenUsage?
    /// The object that `usage` was read from.
    var usageObject: Range<Int>?
    /// The value of `error`.
    var error: Range<Int>?

    private init() {}

    /// Reads an event's data; nil if it is no JSON object. Only the choice with index 0 is looked at.
    init?(_ data: UnsafeRawBufferPointer) {
        var scan = JSONScan(data)
        var chunk = ChatChunk()
        scan.skipSpace()
        do throws(EnvelopeError) {
            try scan.eachMember { scan, key throws(EnvelopeError) in
                switch key.count {
                case 2 where scan.slice(key).equals("id"): chunk.id = try scan.string()
                case 5 where scan.slice(key).equals("usage"):
                    let (value, kind) = try scan.anyValue()
                    if kind == .object {
                        chunk.usage = TokenUsage(object: scan.slice(value))
                        chunk.usageObject = value
                    }
                case 7 where scan.slice(key).equals("created"):
                    let (value, kind) = try scan.anyValue()
                    if kind == .number { chunk.created = value }
                case 5 where scan.slice(key).equals("error"):
                    let (value, kind) = try scan.anyValue()
                    if kind == .object || kind == .string { chunk.error = value }
                case 7 where scan.slice(key).equals("choices") && scan.isAt("["):
                    try scan.eachElement { scan throws(EnvelopeError) in try chunk.readChoice(&scan) }
                default: _ = try scan.anyValue()
                }
            }
        } catch {
            return nil
        }
        self = chunk
    }

    private mutating func readChoice(_ scan: inout JSONScan) throws(EnvelopeError) {
        guard scan.isAt("{") else {
            _ = try scan.anyValue()
            return
        }
        // The index may come behind what it belongs to.
        let before = self
        var isOther = false
        try scan.eachMember { scan, key throws(EnvelopeError) in
            switch key.count {
            case 5 where scan.slice(key).equals("index"):
                isOther = !scan.slice(try scan.anyValue().range).equals("0")
            case 5 where scan.slice(key).equals("delta") && scan.isAt("{"),
                7 where scan.slice(key).equals("message") && scan.isAt("{"):
                try readDelta(&scan)
            case 13 where scan.slice(key).equals("finish_reason"): finishReason = try scan.string()
            case 11 where scan.slice(key).equals("stop_reason"): stopReason = try scan.string()
            case 8 where scan.slice(key).equals("logprobs"):
                let (value, kind) = try scan.anyValue()
                if kind == .object { logprobs = value }
            default: _ = try scan.anyValue()
            }
        }
        if isOther { self = before }
    }

    private mutating func readDelta(_ scan: inout JSONScan) throws(EnvelopeError) {
        try scan.eachMember { scan, key throws(EnvelopeError) in
            switch key.count {
            case 7 where scan.slice(key).equals("content"): content = try scan.string() ?? content
            case 17 where scan.slice(key).equals("reasoning_content"), 9 where scan.slice(key).equals("reasoning"):
                // Engines that have both mean the same by them.
                let text = try scan.string()
                reasoning = reasoning ?? text
            case 7 where scan.slice(key).equals("refusal"): refusal = try scan.string()
            case 10 where scan.slice(key).equals("tool_calls") && scan.isAt("["):
                try scan.eachElement { scan throws(EnvelopeError) in try readToolCall(&scan) }
            default: _ = try scan.anyValue()
            }
        }
    }

    private mutating func readToolCall(_ scan: inout JSONScan) throws(EnvelopeError) {
        guard scan.isAt("{") else {
            _ = try scan.anyValue()
            return
        }
        var call = ToolCall(index: toolCalls.count)
        try scan.eachMember { scan, key throws(EnvelopeError) in
            switch key.count {
            case 5 where scan.slice(key).equals("index"):
                call.index = Int(decimal: scan.slice(try scan.anyValue().range)) ?? call.index
            case 2 where scan.slice(key).equals("id"): call.id = try scan.string()
            case 8 where scan.slice(key).equals("function") && scan.isAt("{"):
                try scan.eachMember { scan, key throws(EnvelopeError) in
                    switch key.count {
                    case 4 where scan.slice(key).equals("name"): call.name = try scan.string()
                    case 9 where scan.slice(key).equals("arguments"): call.arguments = try scan.string()
                    default: _ = try scan.anyValue()
                    }
                }
            default: _ = try scan.anyValue()
            }
        }
        toolCalls.append(call)
    }
}
