/// Makes the body of a chat completion out of that of `POST /v1/responses`.
struct ResponsesRequest {
    /// The chat completion.
    private(set) var body: [UInt8]
    /// Whether the client wants a stream.
    let streams: Bool
    /// Whether it wants log probabilities.
    let tellsLogprobs: Bool

    /// Fields that are written from others, or read elsewhere.
    private static let read: Set<String> = [
        "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning",
        "max_output_tokens", "include", "top_logprobs", "stream", "stream_options", "metadata",
    ]
    /// What chat completions call the same, and where it stands in Responses: both at once would contradict each other.
    private static let doubles: [(chat: String, own: String)] = [
        ("response_format", "text.format"), ("verbosity", "text.verbosity"), ("reasoning_effort", "reasoning.effort"),
        ("max_tokens", "max_output_tokens"), ("max_completion_tokens", "max_output_tokens"),
        ("logprobs", "top_logprobs"),
    ]

    init(_ fields: JSONFields, isKeeping: Bool) throws(EnvelopeError) {
        try ResponsesRefusals.check(fields, isKeeping: isKeeping)
        var request = JSONObjectWriter()
        request.add("messages", elements: try ResponsesInput.messages(fields))
        request.add("stream", true)
        request.add("stream_options", raw: #"{"include_usage":true}"#.utf8)
        streams = try fields.flag("stream") ?? false
        try ResponsesTools.write(fields, into: &request)
        var own = try ResponsesText.write(fields, into: &request)
        own += try ResponsesReasoning.write(fields, into: &request)
        if let limit = try fields.whole("max_output_tokens") {
            guard limit > 0 else { throw fields.error("max_output_tokens", "must be at least 1, and is \(limit)") }
            // The older name: every engine has it, and not all have `max_completion_tokens`.
            request.add("max_tokens", limit)
            own.append("max_output_tokens")
        }
        tellsLogprobs = try ResponsesLogprobs.write(fields, into: &request)
        if tellsLogprobs { own.append("top_logprobs") }
        for (chat, name) in Self.doubles where fields[chat] != nil && own.contains(name) {
            throw fields.error(chat, "says the same as \"\(name)\". Leave one of them out")
        }
        for (name, field) in fields.all where field.kind != .null {
            if Self.read.contains(name) || ResponsesRefusals.hints.contains(name) { continue }
            request.add(name, raw: fields.raw(field))
        }
        body = request.text
    }
}
