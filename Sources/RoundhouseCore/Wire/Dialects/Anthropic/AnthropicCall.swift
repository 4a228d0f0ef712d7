/// A call of a tool in an answer. All bytes are contents of JSON strings.
struct AnthropicCall: Sendable {
    /// The number by which the engine's deltas name it.
    private let index: Int
    /// The engine's id of it, which may be empty.
    private let engineID: [UInt8]
    private let id: [UInt8]
    private let name: [UInt8]

    /// The call that a delta begins; nil if it begins none, as it has no name.
    /// - Parameters:
    ///   - message: the engine's id of the answer.
    ///   - place: which block of the message it is. Along with `message` it makes an id where the engine gives none.
    init?(_ part: ChatChunk.ToolCall, _ data: UnsafeRawBufferPointer, message: [UInt8], place: Int) {
        guard let name = part.name, !name.isEmpty else { return nil }
        index = part.index
        engineID = part.id.map { Array(data[$0]) } ?? []
        self.name = Array(data[name])
        id =
            engineID.isEmpty
            ? Array("toolu_".utf8) + AnthropicEnding.bareID(message) + Array("_\(place)".utf8) : engineID
    }

    /// The tool's name for people.
    var toolName: String { name.withUnsafeBytes { JSONText.unescaped($0) } }

    /// Whether a delta belongs to this call. Engines that send each call in one piece give all of them the index 0.
    func goesOn(with part: ChatChunk.ToolCall, _ data: UnsafeRawBufferPointer) -> Bool {
        guard part.index == index else { return false }
        guard let id = part.id, !id.isEmpty, part.name?.isEmpty == false else { return true }
        return data[id].elementsEqual(engineID)
    }

    /// Appends the block up to its input.
    func appendHead(to bytes: inout [UInt8]) {
        bytes.append(constant: #"{"type":"tool_use","id":"#)
        bytes.append(quoted: id)
        bytes.append(constant: #","name":"#)
        bytes.append(quoted: name)
    }
}
