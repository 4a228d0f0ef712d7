/// What an answer says besides its content: its id, why it ended, and what it took.
struct AnthropicEnding: Sendable {
    private var chat = ChatEnding()
    /// Whether a tool is called.
    var callsTool = false
    private var stopSequence: [UInt8]?
    private var refuses = false

    var usage: TokenUsage? { chat.usage }
    var failure: String? { chat.failure }
    private var reason: ChatEnding.Reason? { chat.reason }
    /// Whether the engine has said why the answer ended.
    var isKnown: Bool { chat.isKnown }
    /// Whether it ended because it may not be longer.
    var isCut: Bool { reason == .length }

    /// Takes what a chunk says.
    mutating func note(_ chunk: ChatChunk, _ data: UnsafeRawBufferPointer) {
        chat.note(chunk, data)
        if chunk.refusal?.isEmpty == false { refuses = true }
        if chunk.finishReason != nil { stopSequence = chunk.stopReason.map { Array(data[$0]) } }
    }

    mutating func fail(_ why: String) { chat.fail(why) }

    /// Appends `"stop_reason":…,"stop_sequence":…`. Not every engine says `tool_calls` when it calls a tool.
    func appendStop(to bytes: inout [UInt8]) {
        bytes.append(constant: #""stop_reason":""#)
        switch reason {
        case .length: bytes.append(constant: "max_tokens")
        case .filter: bytes.append(constant: "refusal")
        case .stop where callsTool: bytes.append(constant: "tool_use")
        case .stop where refuses: bytes.append(constant: "refusal")
        case .stop where stopSequence != nil: bytes.append(constant: "stop_sequence")
        case .stop, nil: bytes.append(constant: "end_turn")
        }
        bytes.append(constant: #"","stop_sequence":"#)
        if let stopSequence, reason == .stop, !callsTool, !refuses {
            bytes.append(quoted: stopSequence)
        } else {
            bytes.append(constant: "null")
        }
    }

    /// Appends the `usage` object. Anthropic's input leaves out what came from the cache. What the engine did not say is 0, because
    /// clients rely on numbers, but for the cache, where null is usual.
    func appendUsage(to bytes: inout [UInt8]) {
        let cached = min(usage?.cachedTokens ?? 0, usage?.inputTokens ?? 0)
        bytes.append(constant: #"{"input_tokens":"#)
        bytes.append(number: (usage?.inputTokens ?? 0) - cached)
        bytes.append(constant: #","cache_creation_input_tokens":null,"cache_read_input_tokens":"#)
        if usage?.cachedTokens == nil { bytes.append(constant: "null") } else { bytes.append(number: cached) }
        bytes.append(constant: #","output_tokens":"#)
        bytes.append(number: usage?.outputTokens ?? 0)
        bytes.append(UInt8(ascii: "}"))
    }

    /// Appends what an answer begins with, up to its content: `{"id":"msg_…","type":"message","role":"assistant","model":…`.
    /// - Parameters:
    ///   - id: content of the engine's id; its prefix is exchanged for Anthropic's.
    ///   - model: content of the model's name.
    static func appendHead(id: some Collection<UInt8>, model: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(constant: #"{"id":"msg_"#)
        bytes.append(contentsOf: bareID(id))
        bytes.append(constant: #"","type":"message","role":"assistant","model":"#)
        bytes.append(quoted: model)
    }

    /// What identifies an answer in the engine's id, which begins with `chatcmpl-` nearly everywhere.
    static func bareID<ID: Collection<UInt8>>(_ id: ID) -> ID.SubSequence {
        id.starts(with: "chatcmpl-".utf8) ? id.dropFirst(9) : id[...]
    }
}
