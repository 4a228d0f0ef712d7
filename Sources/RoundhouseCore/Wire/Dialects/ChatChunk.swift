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
    /// The object of the first choice's `logprobs`.
    var logprobs: Range<Int>?
    var usage: TokenUsage?
    /// The object that `usage` was read from.
    var usageObject: Range<Int>?
    /// The value of `error`.
    var error: Range<Int>?

    /// Reads an event's data; nil if it is no JSON object. Only the choice with index 0 is looked at.
    init?(_ data: UnsafeRawBufferPointer) {
        var scan = JSONScan(data)
        scan.skipSpace()
        let start = scan.index
        do {
            guard try scan.value(depth: 0) == .object else { return nil }
        } catch {
            return nil
        }
        for member in scan.members(of: start..<scan.index) {
            let key = scan.slice(member.key)
            switch member.kind {
            case .string where key.equals("id"): id = member.content
            case .array where key.equals("choices"):
                for choice in scan.elements(of: member.value) where choice.kind == .object { read(choice, scan) }
            case .number where key.equals("created"): created = member.value
            case .object where key.equals("usage"):
                usage = TokenUsage(object: scan.slice(member.value))
                usageObject = member.value
            case .object where key.equals("error"), .string where key.equals("error"): error = member.value
            default: break
            }
        }
    }

    private mutating func read(_ choice: RequestEnvelope.Field, _ scan: JSONScan) {
        let members = scan.members(of: choice.value)
        let index = members.first { scan.slice($0.key).equals("index") }
        if let index, !scan.slice(index.value).equals("0") { return }
        for member in members {
            let key = scan.slice(member.key)
            switch member.kind {
            case .string where key.equals("finish_reason"): finishReason = member.content
            case .object where key.equals("logprobs"): logprobs = member.value
            case .object where key.equals("delta"), .object where key.equals("message"):
                for part in scan.members(of: member.value) { readDelta(part, scan) }
            default: break
            }
        }
    }

    private mutating func readDelta(_ member: RequestEnvelope.Field, _ scan: JSONScan) {
        let key = scan.slice(member.key)
        switch member.kind {
        case .string where key.equals("content"): content = member.content
        case .string where key.equals("reasoning_content"), .string where key.equals("reasoning"):
            // Engines that have both mean the same by them.
            reasoning = reasoning ?? member.content
        case .string where key.equals("refusal"): refusal = member.content
        case .array where key.equals("tool_calls"):
            for element in scan.elements(of: member.value) where element.kind == .object {
                toolCalls.append(Self.toolCall(element, place: toolCalls.count, scan))
            }
        default: break
        }
    }

    private static func toolCall(_ element: RequestEnvelope.Field, place: Int, _ scan: JSONScan) -> ToolCall {
        var call = ToolCall(index: place)
        for member in scan.members(of: element.value) {
            let key = scan.slice(member.key)
            switch member.kind {
            case .number where key.equals("index"): call.index = Int(decimal: scan.slice(member.value)) ?? place
            case .string where key.equals("id"): call.id = member.content
            case .object where key.equals("function"):
                for part in scan.members(of: member.value) where part.kind == .string {
                    if scan.slice(part.key).equals("name") { call.name = part.content }
                    if scan.slice(part.key).equals("arguments") { call.arguments = part.content }
                }
            default: break
            }
        }
        return call
    }
}

extension RequestEnvelope.Field {
    /// What stands between a string's quotes.
    fileprivate var content: Range<Int> { value.lowerBound + 1..<value.upperBound - 1 }
}
