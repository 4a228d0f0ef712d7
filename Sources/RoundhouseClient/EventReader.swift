/// One server-sent event.
public struct ServerEvent: Sendable, Equatable {
    /// The `event` field; `message` when there is none.
    public var name: String
    /// The `data` fields, joined by line feeds.
    public var data: String

    /// Makes an event.
    public init(name: String = "message", data: String) {
        self.name = name
        self.data = data
    }
}

/// Takes a `text/event-stream` apart, in pieces of any size. Pure; for clients of our own (the relay has a scanner that
/// copies nothing). As in the HTML standard, section 9.2.6: lines end with LF, CR or CRLF, a blank line ends an event, an
/// event without data is none, and one that the stream's end cuts off is dropped. `id` and `retry` are not kept.
public struct EventReader: Sendable {
    /// A line or an event was longer than the limit.
    public struct TooLong: Error, CustomStringConvertible {
        /// A sentence.
        public var description: String { "an event of the stream is too long" }
    }

    private let limit: Int
    private var line: [UInt8] = []
    private var size = 0
    private var name: String?
    private var data: [String] = []
    private var lastWasReturn = false
    private var isFirstLine = true

    /// Makes a reader that holds at most `limit` bytes of an unfinished event.
    public init(limit: Int = 1 << 20) {
        self.limit = limit
    }

    /// Takes the next bytes and gives the events that they complete.
    public mutating func read(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [ServerEvent] {
        var events: [ServerEvent] = []
        for byte in bytes {
            let followsReturn = lastWasReturn
            lastWasReturn = byte == UInt8(ascii: "\r")
            switch byte {
            case UInt8(ascii: "\n") where followsReturn: continue
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                if let event = endLine() { events.append(event) }
            default:
                size += 1
                guard size <= limit else { throw TooLong() }
                line.append(byte)
            }
        }
        return events
    }

    private mutating func endLine() -> ServerEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        var bytes = line[...]
        if isFirstLine, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        isFirstLine = false
        if bytes.isEmpty { return endEvent() }
        let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        var value = colon.map { bytes[($0 + 1)...] } ?? []
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch String(decoding: bytes[..<(colon ?? bytes.endIndex)], as: UTF8.self) {
        case "data": data.append(String(decoding: value, as: UTF8.self))
        case "event": name = String(decoding: value, as: UTF8.self)
        default: break
        }
        return nil
    }

    private mutating func endEvent() -> ServerEvent? {
        defer {
            name = nil
            data = []
            size = 0
        }
        guard !data.isEmpty else { return nil }
        return ServerEvent(
            name: name.flatMap { $0.isEmpty ? nil : $0 } ?? "message", data: data.joined(separator: "\n"))
    }
}
