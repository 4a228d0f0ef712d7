/// What identifies a response, and what it repeats of its request.
struct ResponsesHead: Sendable {
    /// What identifies the answer in the engine's id, which begins with `chatcmpl-` nearly everywhere: the content of a JSON string.
    let bareID: [UInt8]
    /// The number of seconds since 1970.
    private let created: [UInt8]
    /// Members of the object, see `ResponsesSettings`.
    private let settings: [UInt8]

    /// - Parameters:
    ///   - chunk: the first of the engine's answer.
    ///   - now: nanoseconds since 1970, for what the engine does not say.
    init(_ chunk: ChatChunk, _ data: UnsafeRawBufferPointer, settings: [UInt8], now: Int64) {
        self.settings = settings
        created = chunk.created.map { Array(data[$0]) } ?? Array(String(now / 1_000_000_000).utf8)
        let id = chunk.id.map { data[$0] } ?? data[..<0]
        let prefix = "chatcmpl-".utf8
        let bare = Array(id.starts(with: prefix) ? id.dropFirst(prefix.count) : id)
        bareID = bare.isEmpty ? Array(String(now, radix: 16).utf8) : bare
    }

    /// The response (`Response` of OpenAI's clients).
    func response(_ ending: ResponsesEnding, _ items: [ResponsesItem]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(constant: #"{"id":"resp_"#)
        bytes += bareID
        bytes.append(constant: #"","object":"response","created_at":"#)
        bytes += created
        bytes.append(UInt8(ascii: ","))
        ending.appendStatus(to: &bytes)
        bytes.append(UInt8(ascii: ","))
        bytes += settings
        bytes.append(constant: #","output":["#)
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            item.append(to: &bytes)
        }
        bytes.append(constant: #"],"usage":"#)
        ending.appendUsage(to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
