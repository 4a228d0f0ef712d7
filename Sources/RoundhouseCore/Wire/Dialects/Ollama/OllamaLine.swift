/// Writes an object of an answer up to `done`, in the order of Ollama's own (`ChatResponse`, `GenerateResponse`).
struct OllamaLine: Sendable {
    private let shape: OllamaAnswer.Shape
    private let start: [UInt8]
    private var stamp = OllamaTimestamp()

    init(_ shape: OllamaAnswer.Shape, model: String) {
        self.shape = shape
        start = Array(#"{"model":"#.utf8) + JSONText.quoted(model) + Array(#","created_at":""#.utf8)
    }

    /// Appends the beginning of an object that holds a piece.
    mutating func begin(_ piece: OllamaPiece, at now: Int64, to output: inout [UInt8]) {
        output += start
        stamp.append(now, to: &output)
        switch shape {
        case .chat: output += #"","message":{"role":"assistant","content":""#.utf8
        case .generate: output += #"","response":""#.utf8
        }
        output += piece.content
        output.append(UInt8(ascii: "\""))
        if !piece.thinking.isEmpty {
            output += #","thinking":""#.utf8
            output += piece.thinking
            output.append(UInt8(ascii: "\""))
        }
        if !piece.calls.isEmpty {
            output += #","tool_calls":"#.utf8
            output += JSONObjectWriter.array(piece.calls)
        }
        if shape == .chat { output.append(UInt8(ascii: "}")) }
        if !piece.logprobs.isEmpty {
            output += #","logprobs":["#.utf8
            output += piece.logprobs
            output.append(UInt8(ascii: "]"))
        }
    }
}
