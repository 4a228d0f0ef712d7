/// Makes Anthropic's events (https://platform.claude.com/docs/en/build-with-claude/streaming) of OpenAI's chunks: a message of blocks of
/// one kind each, one after the other.
///
/// Usage comes behind the reason for the end, and belongs into the same event: `message_delta` waits for it, or for the end of the stream.
/// What the engine says about an error goes to the client as the last event.
struct AnthropicStream: AnswerTranslator {
    let input = AnswerForm.events
    let output = AnswerForm.events
    var usage: TokenUsage? { ending.usage }
    var failure: String? { ending.failure }
    var dataEvents: Int { splitter.dataEvents }
    var isWhole: Bool { ending.isKnown && !splitter.isOverlong }

    private enum Block {
        case none, text, thinking
        case call(AnthropicCall)
    }

    private let model: [UInt8]
    private let showsThinking: Bool
    private var splitter = EventSplitter()
    private var ending = AnthropicEnding()
    private var id: [UInt8]?
    private var block = Block.none
    private var blocks = 0
    private var isEnded = false

    /// At the beginning of an answer.
    /// - Parameters:
    ///   - model: the name that it is to carry.
    ///   - showsThinking: whether the client gets what the model thinks.
    init(model: String, showsThinking: Bool) {
        self.model = JSONText.escaped(model)
        self.showsThinking = showsThinking
    }

    mutating func take(_ payload: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        var splitter = EventSplitter()
        // Taken out, not copied: a copy would share what is pending and copy it with the next byte.
        swap(&splitter, &self.splitter)
        splitter.take(payload) { chunk($0, into: &output) }
        swap(&splitter, &self.splitter)
    }

    mutating func finish(into output: inout [UInt8]) {
        var splitter = EventSplitter()
        swap(&splitter, &self.splitter)
        splitter.finish { chunk($0, into: &output) }
        swap(&splitter, &self.splitter)
        if isWhole { end(into: &output) }
    }

    private mutating func chunk(_ data: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        guard !isEnded, let chunk = ChatChunk(data) else { return }
        ending.note(chunk, data)
        if ending.failure == nil { write(chunk, data, into: &output) }
        if let failure = ending.failure {
            output += AnthropicError(type: "api_error", message: failure).event
            isEnded = true
        } else if ending.isKnown, chunk.usage != nil {
            end(into: &output)
        }
    }

    private mutating func write(_ chunk: ChatChunk, _ data: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        if id == nil { begin(chunk.id.map { Array(data[$0]) } ?? [], into: &output) }
        if showsThinking, let text = chunk.reasoning, !text.isEmpty {
            if case .thinking = block {} else { begin(.thinking, into: &output) }
            delta(#""thinking_delta","thinking":""#, data[text], into: &output)
        }
        if let text = chunk.content, !text.isEmpty { write(text: data[text], into: &output) }
        if let text = chunk.refusal, !text.isEmpty { write(text: data[text], into: &output) }
        for part in chunk.toolCalls { write(part, data, into: &output) }
    }

    private mutating func write(text: UnsafeRawBufferPointer.SubSequence, into output: inout [UInt8]) {
        if case .text = block {} else { begin(.text, into: &output) }
        delta(#""text_delta","text":""#, text, into: &output)
    }

    /// Blocks follow each other: a call that has ended cannot go on.
    private mutating func write(
        _ part: ChatChunk.ToolCall, _ data: UnsafeRawBufferPointer, into output: inout [UInt8]
    ) {
        var isOpen = false
        if case .call(let open) = block { isOpen = open.goesOn(with: part, data) }
        let arguments = part.arguments.map { data[$0] }
        if !isOpen {
            if let call = AnthropicCall(part, data, message: id ?? [], place: blocks) {
                begin(.call(call), into: &output)
            } else if arguments?.isEmpty == false {
                ending.fail("the engine sent arguments of a tool call that had no name, or had ended")
                return
            }
        }
        if let arguments, !arguments.isEmpty {
            delta(#""input_json_delta","partial_json":""#, arguments, into: &output)
        }
    }

    private mutating func begin(_ id: [UInt8], into output: inout [UInt8]) {
        self.id = id
        output.append(constant: "event: message_start\ndata: {\"type\":\"message_start\",\"message\":")
        AnthropicEnding.appendHead(id: id, model: model, to: &output)
        output.append(constant: #","content":[],"stop_reason":null,"stop_sequence":null,"usage":"#)
        AnthropicEnding().appendUsage(to: &output)
        output.append(constant: "}}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n")
    }

    private mutating func begin(_ next: Block, into output: inout [UInt8]) {
        endBlock(into: &output)
        block = next
        output.append(constant: "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":")
        output.append(number: blocks)
        output.append(constant: #","content_block":"#)
        switch next {
        case .none, .text: output.append(constant: #"{"type":"text","text":""}"#)
        case .thinking: output.append(constant: #"{"type":"thinking","thinking":"","signature":""}"#)
        case .call(let call):
            ending.callsTool = true
            call.appendHead(to: &output)
            output.append(constant: #","input":{}}"#)
        }
        output.append(constant: "}\n\n")
        blocks += 1
    }

    /// - Parameter kind: the delta's type, up to the content of its text.
    private func delta(
        _ kind: StaticString, _ content: UnsafeRawBufferPointer.SubSequence, into output: inout [UInt8]
    ) {
        output.append(constant: "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
        output.append(number: blocks - 1)
        output.append(constant: #","delta":{"type":"#)
        output.append(constant: kind)
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: content))
        output.append(constant: "\"}}\n\n")
    }

    private mutating func endBlock(into output: inout [UInt8]) {
        switch block {
        case .none: return
        case .thinking:
            let signature = AnthropicAssembler.signature
            let bytes = UnsafeRawBufferPointer(start: signature.utf8Start, count: signature.utf8CodeUnitCount)
            delta(#""signature_delta","signature":""#, bytes[...], into: &output)
        default: break
        }
        output.append(constant: "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":")
        output.append(number: blocks - 1)
        output.append(constant: "}\n\n")
        block = .none
    }

    private mutating func end(into output: inout [UInt8]) {
        guard !isEnded else { return }
        isEnded = true
        endBlock(into: &output)
        output.append(constant: "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{")
        ending.appendStop(to: &output)
        output.append(constant: #"},"usage":"#)
        ending.appendUsage(to: &output)
        output.append(constant: "}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
    }
}
