/// A part of an item: a text that grows by deltas. A call has one, which is its arguments.
struct ResponsesPart: Sendable {
    enum Kind: Sendable {
        case text, refusal, reasoning, arguments
    }

    let kind: Kind
    /// The content of a JSON string.
    private(set) var content: [UInt8] = []
    /// JSON objects with commas between them.
    private(set) var logprobs: [UInt8] = []
    /// What all events about it say of where it stands: `,"item_id":…,"output_index":…,"content_index":…`.
    let location: [UInt8]
    /// The same, with the beginning of `delta` behind it.
    let deltaLocation: [UInt8]

    /// - Parameters:
    ///   - item: its item's id.
    ///   - output: its item's place in the output.
    ///   - content: its place in the item.
    init(_ kind: Kind, item: [UInt8], output: Int, content place: Int) {
        self.kind = kind
        var location: [UInt8] = []
        location.append(constant: #","item_id":"#)
        location.append(quoted: item)
        location.append(constant: #","output_index":"#)
        location.append(number: output)
        if kind != .arguments {
            location.append(constant: #","content_index":"#)
            location.append(number: place)
        }
        self.location = location
        location.append(constant: #","delta":""#)
        deltaLocation = location
    }

    /// Goes on with more text.
    mutating func add(_ more: UnsafeRawBufferPointer) { content.append(contentsOf: more) }

    /// Goes on with log probabilities.
    mutating func add(logprobs more: [UInt8]) {
        if !logprobs.isEmpty, !more.isEmpty { logprobs.append(UInt8(ascii: ",")) }
        logprobs += more
    }

    /// Appends the part as `ResponseOutputText` and the like of OpenAI's clients.
    func append(to bytes: inout [UInt8]) {
        switch kind {
        case .text, .arguments: bytes.append(constant: #"{"type":"output_text","text":"#)
        case .refusal: bytes.append(constant: #"{"type":"refusal","refusal":"#)
        case .reasoning: bytes.append(constant: #"{"type":"reasoning_text","text":"#)
        }
        bytes.append(quoted: content)
        if kind == .text {
            bytes.append(constant: #","annotations":[],"logprobs":["#)
            bytes += logprobs
            bytes.append(UInt8(ascii: "]"))
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// The log probabilities of a chunk of a chat, in one line.
    static func logprobs(_ object: Range<Int>, _ data: UnsafeRawBufferPointer) -> [UInt8] {
        let scan = JSONScan(data)
        let list = scan.members(of: object).first { scan.slice($0.key).equals("content") }
        guard let list, list.kind == .array, scan.hasElements(list.value) else { return [] }
        return data[list.value.lowerBound + 1..<list.value.upperBound - 1].map {
            $0 == 0x0a || $0 == 0x0d ? 0x20 : $0
        }
    }
}
