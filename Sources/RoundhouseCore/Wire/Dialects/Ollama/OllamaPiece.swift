/// A piece of an answer, its texts as the contents of JSON strings.
struct OllamaPiece: Sendable {
    private(set) var content: [UInt8] = []
    private(set) var thinking: [UInt8] = []
    /// Log probabilities, JSON objects behind commas.
    private(set) var logprobs: [UInt8] = []
    /// Calls of tools, each JSON.
    var calls: [[UInt8]] = []

    /// Whether nothing is in it.
    var isEmpty: Bool { content.isEmpty && thinking.isEmpty && logprobs.isEmpty && calls.isEmpty }

    /// Takes everything out again, and keeps the memory for the next piece.
    mutating func clear() {
        content.removeAll(keepingCapacity: true)
        thinking.removeAll(keepingCapacity: true)
        logprobs.removeAll(keepingCapacity: true)
        calls = []
    }

    /// Adds what a chunk says.
    /// - Returns: whether it says anything.
    mutating func add(_ chunk: ChatChunk, of data: UnsafeRawBufferPointer) -> Bool {
        let before = content.count + thinking.count + logprobs.count
        if let range = chunk.logprobs { addLogprobs(range, of: data) }
        func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: data[range]) }
        if let range = chunk.reasoning { JSONText.appendInLine(part(range), to: &thinking) }
        if let range = chunk.content { JSONText.appendInLine(part(range), to: &content) }
        // There is no other place for what a model says instead of an answer.
        if let range = chunk.refusal { JSONText.appendInLine(part(range), to: &content) }
        return content.count + thinking.count + logprobs.count > before
    }

    private mutating func addLogprobs(_ range: Range<Int>, of data: UnsafeRawBufferPointer) {
        let fields = JSONFields(range, JSONScan(data), path: "")
        guard let tokens = fields["content"], tokens.kind == .array else { return }
        for token in fields.scan.elements(of: tokens.value) {
            if !logprobs.isEmpty { logprobs.append(UInt8(ascii: ",")) }
            JSONText.appendInLine(fields.raw(token), to: &logprobs)
        }
    }
}

extension JSONText {
    /// Appends JSON, or the content of a JSON string, to a line that must stay one. JSON may hold what some readers take for a line's end
    /// (Ollama's own client for Python does: U+0085, U+2028, U+2029), inside strings only, and line feeds between tokens.
    static func appendInLine(_ json: UnsafeRawBufferPointer, to line: inout [UInt8]) {
        guard json.contains(where: { $0 == 0xc2 || $0 == 0xe2 || $0 == 0x0a || $0 == 0x0d }) else {
            line.append(contentsOf: json)
            return
        }
        var index = 0
        while index < json.count {
            let byte = json[index]
            if byte == 0xc2, index + 1 < json.count, json[index + 1] == 0x85 {
                line += #"\u0085"#.utf8
                index += 2
            } else if byte == 0xe2, index + 2 < json.count, json[index + 1] == 0x80, json[index + 2] & 0xfe == 0xa8 {
                line += (json[index + 2] == 0xa8 ? #"\u2028"# : #"\u2029"#).utf8
                index += 3
            } else {
                line.append(byte == 0x0a || byte == 0x0d ? 0x20 : byte)
                index += 1
            }
        }
    }
}
