/// An item of a response's output. All bytes are contents of JSON strings, but for log probabilities.
struct ResponsesItem: Sendable {
    enum Kind: Sendable {
        /// What the model says.
        case message
        /// What it thinks.
        case reasoning
        /// A function that it calls.
        case call
    }

    enum Status: String, Sendable {
        case inProgress = "in_progress"
        case completed
        /// The answer may not be longer.
        case incomplete
    }

    let kind: Kind
    let id: [UInt8]
    /// Which item of the output it is.
    let place: Int
    var status = Status.inProgress
    var parts: [ResponsesPart] = []
    private var callID: [UInt8] = []
    private var name: [UInt8] = []
    /// The engine's number and id of a call; the id may be empty.
    private var engineIndex = 0
    private var engineID: [UInt8] = []

    /// - Parameter answer: what identifies the answer, which the item's id is made of.
    init(_ kind: Kind, answer: [UInt8], place: Int) {
        self.kind = kind
        self.place = place
        let prefix: StaticString =
            switch kind {
            case .message: "msg_"
            case .reasoning: "rs_"
            case .call: "fc_"
            }
        id = Self.id(prefix, answer, place)
    }

    /// The call that a delta begins; nil if it begins none, as it has no name.
    init?(_ part: ChatChunk.ToolCall, _ data: UnsafeRawBufferPointer, answer: [UInt8], place: Int) {
        guard let name = part.name, !name.isEmpty else { return nil }
        self.init(.call, answer: answer, place: place)
        self.name = Array(data[name])
        engineIndex = part.index
        engineID = part.id.map { Array(data[$0]) } ?? []
        callID = engineID.isEmpty ? Self.id("call_", answer, place) : engineID
    }

    private static func id(_ prefix: StaticString, _ answer: [UInt8], _ place: Int) -> [UInt8] {
        var id: [UInt8] = []
        id.append(constant: prefix)
        id += answer
        id.append(UInt8(ascii: "_"))
        id.append(number: place)
        return id
    }

    /// Whether a delta belongs to this call. Engines that send each call in one piece give all of them the index 0.
    func goesOn(with part: ChatChunk.ToolCall, _ data: UnsafeRawBufferPointer) -> Bool {
        guard kind == .call, part.index == engineIndex else { return false }
        guard let id = part.id, !id.isEmpty, part.name?.isEmpty == false else { return true }
        return data[id].elementsEqual(engineID)
    }

    /// Begins a part.
    mutating func begin(_ kind: ResponsesPart.Kind) {
        parts.append(ResponsesPart(kind, item: id, output: place, content: parts.count))
    }

    /// Appends the item as `ResponseOutputMessage`, `ResponseReasoningItem` or `ResponseFunctionToolCall` of OpenAI's clients.
    func append(to bytes: inout [UInt8]) {
        bytes.append(constant: #"{"id":"#)
        bytes.append(quoted: id)
        switch kind {
        case .message: bytes.append(constant: #","type":"message","role":"assistant","content":["#)
        case .reasoning: bytes.append(constant: #","type":"reasoning","summary":[],"content":["#)
        case .call:
            bytes.append(constant: #","type":"function_call","call_id":"#)
            bytes.append(quoted: callID)
            bytes.append(constant: #","name":"#)
            bytes.append(quoted: name)
            bytes.append(constant: #","arguments":"#)
            bytes.append(quoted: parts.first?.content ?? [])
        }
        if kind != .call {
            for (index, part) in parts.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                part.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        }
        bytes.append(constant: #","status":""#)
        bytes += status.rawValue.utf8
        bytes.append(constant: #""}"#)
    }
}
