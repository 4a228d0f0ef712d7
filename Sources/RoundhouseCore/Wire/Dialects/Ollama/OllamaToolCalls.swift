/// Puts calls of tools together from the pieces of OpenAI's stream: Ollama gives them whole, with arguments that are an object.
struct OllamaToolCalls: Sendable {
    private struct Call: Sendable {
        var index: Int
        var id: [UInt8] = []
        var name: [UInt8] = []
        var arguments: [UInt8] = []
    }

    /// A call that cannot be told.
    struct Unreadable: Error {
        var message: String
    }

    private var calls: [Call] = []

    /// Adds a piece.
    mutating func add(_ piece: ChatChunk.ToolCall, of data: UnsafeRawBufferPointer) {
        let place: Int
        if let found = calls.lastIndex(where: { $0.index == piece.index }) {
            place = found
        } else {
            place = calls.count
            calls.append(Call(index: piece.index))
        }
        // Some engines repeat these in every piece.
        if let id = piece.id, calls[place].id.isEmpty {
            JSONText.appendInLine(UnsafeRawBufferPointer(rebasing: data[id]), to: &calls[place].id)
        }
        if let name = piece.name, calls[place].name.isEmpty {
            JSONText.appendInLine(UnsafeRawBufferPointer(rebasing: data[name]), to: &calls[place].name)
        }
        if let arguments = piece.arguments { calls[place].arguments += data[arguments] }
    }

    /// The calls, each JSON, at the end of the answer.
    /// - Parameter isCut: whether the answer ended because it may be no longer. A call that it ended in is left out then: `done_reason` tells.
    mutating func finished(isCut: Bool) throws(Unreadable) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        for call in calls {
            guard let arguments = Self.object(call.arguments) else {
                if isCut { continue }
                let name = String(decoding: call.name, as: UTF8.self)
                throw Unreadable(
                    message: "the model called the tool \"\(name)\" with arguments that are no JSON object")
            }
            var text = Array("{".utf8)
            if !call.id.isEmpty { text += Array(#""id":""#.utf8) + call.id + Array(#"","#.utf8) }
            text += Array(#""function":{"index":\#(texts.count),"name":""#.utf8) + call.name
            text += Array(#"","arguments":"#.utf8) + arguments + Array("}}".utf8)
            texts.append(text)
        }
        calls = []
        return texts
    }

    /// The object that the content of a JSON string holds, in one line; none at all is an empty one.
    private static func object(_ content: [UInt8]) -> [UInt8]? {
        let text = Array(content.withUnsafeBytes { JSONText.unescaped($0) }.utf8)
        return text.withUnsafeBytes { bytes in
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }) { return Array("{}".utf8) }
            guard JSONScan.object(in: bytes) != nil else { return nil }
            var line: [UInt8] = []
            JSONText.appendInLine(bytes, to: &line)
            return line
        }
    }
}
