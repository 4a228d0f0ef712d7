/// How a response ended, and what it took.
struct ResponsesEnding: Sendable {
    private var chat = ChatEnding()
    private var reasoningTokens = 0

    var usage: TokenUsage? { chat.usage }
    var failure: String? { chat.failure }
    private var reason: ChatEnding.Reason? { chat.reason }
    /// Whether the engine has said why the answer ended.
    var isKnown: Bool { chat.isKnown }
    /// Whether it ended before the model was done.
    var isIncomplete: Bool { reason == .length || reason == .filter }

    /// Takes what a chunk says.
    mutating func note(_ chunk: ChatChunk, _ data: UnsafeRawBufferPointer) {
        chat.note(chunk, data)
        guard chunk.usage != nil, let object = chunk.usageObject else { return }
        let details = JSONValue(UnsafeRawBufferPointer(rebasing: data[object]))?["completion_tokens_details"]
        reasoningTokens = max(0, details?["reasoning_tokens"]?.int ?? 0)
    }

    mutating func fail(_ why: String) { chat.fail(why) }

    /// The event that tells the end, which is called after the response's status.
    var event: StaticString {
        if failure != nil { return "response.failed" }
        return isIncomplete ? "response.incomplete" : "response.completed"
    }

    /// Appends `"status":…,"error":…,"incomplete_details":…`.
    func appendStatus(to bytes: inout [UInt8]) {
        bytes.append(constant: #""status":""#)
        if let failure {
            bytes.append(constant: #"failed","error":{"code":"server_error","message":"#)
            bytes += JSONText.quoted("The engine failed: \(failure)")
            bytes.append(constant: #"},"incomplete_details":null"#)
            return
        }
        switch reason {
        case nil: bytes.append(constant: #"in_progress","error":null,"incomplete_details":null"#)
        case .stop: bytes.append(constant: #"completed","error":null,"incomplete_details":null"#)
        case .length:
            bytes.append(
                constant: #"incomplete","error":null,"incomplete_details":{"reason":"max_output_tokens"}"#)
        case .filter:
            bytes.append(constant: #"incomplete","error":null,"incomplete_details":{"reason":"content_filter"}"#)
        }
    }

    /// Appends the `usage` object (`ResponseUsage`), null if the engine has told none.
    func appendUsage(to bytes: inout [UInt8]) {
        guard let usage else { return bytes.append(constant: "null") }
        bytes.append(constant: #"{"input_tokens":"#)
        bytes.append(number: usage.inputTokens)
        bytes.append(constant: #","input_tokens_details":{"cached_tokens":"#)
        bytes.append(number: usage.cachedTokens ?? 0)
        bytes.append(constant: #","cache_write_tokens":0},"output_tokens":"#)
        bytes.append(number: usage.outputTokens)
        bytes.append(constant: #","output_tokens_details":{"reasoning_tokens":"#)
        bytes.append(number: reasoningTokens)
        bytes.append(constant: #"},"total_tokens":"#)
        let (total, overflows) = usage.inputTokens.addingReportingOverflow(usage.outputTokens)
        bytes.append(number: overflows ? .max : total)
        bytes.append(UInt8(ascii: "}"))
    }
}
