/// Puts an answer together into one of Anthropic's messages, for clients that want no stream.
struct AnthropicAssembler: AnswerTranslator {
    let input = AnswerForm.events
    let output = AnswerForm.object
    var usage: TokenUsage? { ending.usage }
    var failure: String? { ending.failure }
    var dataEvents: Int { splitter.dataEvents }
    var isWhole: Bool { ending.isKnown && !splitter.isOverlong }

    /// What stands where Anthropic signs thoughts. Its clients want a text there, and some drop thoughts with an empty one instead
    /// of sending them back.
    static let signature: StaticString = "unsigned"

    private enum Kind {
        case text, thinking
        case call(AnthropicCall)
    }

    /// A block with the content of its text or arguments, as it stands in JSON strings.
    private struct Block {
        let kind: Kind
        var content: [UInt8] = []
    }

    private let model: [UInt8]
    private let showsThinking: Bool
    private var splitter = EventSplitter()
    private var ending = AnthropicEnding()
    private var id: [UInt8]?
    private var blocks: [Block] = []

    /// At the beginning of an answer; see `AnthropicStream`.
    init(model: String, showsThinking: Bool) {
        self.model = JSONText.escaped(model)
        self.showsThinking = showsThinking
    }

    mutating func take(_ payload: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        var splitter = EventSplitter()
        swap(&splitter, &self.splitter)
        splitter.take(payload) { chunk($0) }
        swap(&splitter, &self.splitter)
    }

    mutating func finish(into output: inout [UInt8]) {
        var splitter = EventSplitter()
        swap(&splitter, &self.splitter)
        splitter.finish { chunk($0) }
        swap(&splitter, &self.splitter)
        guard isWhole else { return }
        AnthropicEnding.appendHead(id: id ?? [], model: model, to: &output)
        output.append(constant: #","content":["#)
        for (index, block) in blocks.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(block, to: &output)
        }
        output.append(constant: "],")
        ending.appendStop(to: &output)
        output.append(constant: #","usage":"#)
        ending.appendUsage(to: &output)
        output.append(UInt8(ascii: "}"))
    }

    private mutating func chunk(_ data: UnsafeRawBufferPointer) {
        guard ending.failure == nil, let chunk = ChatChunk(data) else { return }
        ending.note(chunk, data)
        if id == nil { id = chunk.id.map { Array(data[$0]) } ?? [] }
        if showsThinking, let text = chunk.reasoning, !text.isEmpty {
            if case .thinking? = blocks.last?.kind {} else { blocks.append(Block(kind: .thinking)) }
            blocks[blocks.count - 1].content += data[text]
        }
        for text in [chunk.content, chunk.refusal] {
            guard let text, !text.isEmpty else { continue }
            if case .text? = blocks.last?.kind {} else { blocks.append(Block(kind: .text)) }
            blocks[blocks.count - 1].content += data[text]
        }
        for part in chunk.toolCalls { take(part, data) }
        // Before anything is said to the client, so that it gets an error with a status of its own.
        if ending.isKnown, !ending.isCut, let name = blocks.lazy.compactMap(Self.misnamed).first {
            ending.fail("the model called the tool \"\(name)\" with arguments that are no JSON object")
        }
    }

    private mutating func take(_ part: ChatChunk.ToolCall, _ data: UnsafeRawBufferPointer) {
        let open = blocks.lastIndex {
            if case .call(let call) = $0.kind { call.goesOn(with: part, data) } else { false }
        }
        if let open {
            if let arguments = part.arguments { blocks[open].content += data[arguments] }
        } else if let call = AnthropicCall(part, data, message: id ?? [], place: blocks.count) {
            ending.callsTool = true
            blocks.append(Block(kind: .call(call), content: part.arguments.map { Array(data[$0]) } ?? []))
        } else if part.arguments?.isEmpty == false {
            ending.fail("the engine sent arguments of a tool call that had no name")
        }
    }

    private static func misnamed(_ block: Block) -> String? {
        guard case .call(let call) = block.kind, input(of: block) == nil else { return nil }
        return call.toolName
    }

    /// The arguments as JSON; nil if they are no object.
    private static func input(of block: Block) -> [UInt8]? {
        guard !block.content.isEmpty else { return Array("{}".utf8) }
        let text = Array(block.content.withUnsafeBytes { JSONText.unescaped($0) }.utf8)
        return text.withUnsafeBytes { JSONScan.object(in: $0) } == nil ? nil : text
    }

    /// Appends a block. Arguments that were cut off by the limit of the answer are left out; its `stop_reason` says so.
    private func append(_ block: Block, to output: inout [UInt8]) {
        switch block.kind {
        case .text:
            output.append(constant: #"{"type":"text","text":"#)
            output.append(quoted: block.content)
        case .thinking:
            output.append(constant: #"{"type":"thinking","thinking":"#)
            output.append(quoted: block.content)
            output.append(constant: #","signature":""#)
            output.append(constant: Self.signature)
            output.append(UInt8(ascii: "\""))
        case .call(let call):
            call.appendHead(to: &output)
            output.append(constant: #","input":"#)
            output += Self.input(of: block) ?? Array("{}".utf8)
        }
        output.append(UInt8(ascii: "}"))
    }
}
