#if canImport(Glibc)
private import Glibc
#endif

/// Reads the head of an upstream's HTTP/1 answer (RFC 9112). Strict where leniency lets two readers disagree about where
/// a message ends; lines may end in a bare LF, which the RFC allows a recipient to accept.
public enum ResponseHeadParser {
    /// The longest head that is read, in bytes.
    public static let limit = 65_536

    /// Reads a head, or returns nil if it is not complete yet.
    public static func parse(_ bytes: UnsafeRawBufferPointer) throws(ResponseHeadError) -> ResponseHead? {
        var head = ResponseHead()
        head.lines.reserveCapacity(12)
        var facts = Facts()
        var index = 0
        guard let statusLine = line(bytes, &index) else { return try incomplete(bytes) }
        try parseStatus(UnsafeRawBufferPointer(rebasing: bytes[statusLine]), &head)
        while true {
            guard let range = line(bytes, &index) else { return try incomplete(bytes) }
            if range.isEmpty { break }
            try parseField(bytes, range, &head, &facts)
        }
        head.consumed = index
        try settle(&head, facts)
        return head
    }

    /// What several header lines together decide.
    private struct Facts {
        var length: Int?
        var isChunked = false
        var saysClose = false
        var saysKeepAlive = false
    }

    private static func incomplete(_ bytes: UnsafeRawBufferPointer) throws(ResponseHeadError) -> ResponseHead? {
        if bytes.count > limit { throw ResponseHeadError(message: "a head of more than \(limit) bytes") }
        return nil
    }

    /// The next line without its end; moves `index` behind it.
    private static func line(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> Range<Int>? {
        guard index < bytes.count, let base = bytes.baseAddress,
            let hit = memchr(base + index, 0x0a, min(bytes.count, limit) - index)
        else { return nil }
        let end = UnsafeRawPointer(hit) - base
        let start = index
        index = end + 1
        return start..<(end > start && bytes[end - 1] == 0x0d ? end - 1 : end)
    }

    private static func parseStatus(
        _ line: UnsafeRawBufferPointer, _ head: inout ResponseHead
    ) throws(ResponseHeadError) {
        guard line.count >= 12, UnsafeRawBufferPointer(rebasing: line[0..<7]).equals("HTTP/1."),
            line[7] == UInt8(ascii: "1") || line[7] == UInt8(ascii: "0"), line[8] == 0x20,
            let status = Int(decimal: UnsafeRawBufferPointer(rebasing: line[9..<12])), (100..<600).contains(status),
            line.count == 12 || line[12] == 0x20
        else { throw ResponseHeadError(message: "something that is not HTTP/1.1") }
        head.status = status
        head.keepAlive = line[7] == UInt8(ascii: "1")
    }

    private static func parseField(
        _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>, _ head: inout ResponseHead, _ facts: inout Facts
    ) throws(ResponseHeadError) {
        guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound,
            bytes[line.lowerBound..<colon].allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { throw ResponseHeadError(message: "a broken or folded header line") }
        var start = colon + 1
        var end = line.upperBound
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        let value = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
            throw ResponseHeadError(message: "a control character in a header")
        }
        let name = UnsafeRawBufferPointer(rebasing: bytes[line.lowerBound..<colon])
        head.lines.append((line.lowerBound..<colon, start..<end))
        try note(name, value, &head, &facts)
    }

    private static func note(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ head: inout ResponseHead,
        _ facts: inout Facts
    ) throws(ResponseHeadError) {
        switch name.count {
        case 10 where name.equalsIgnoringCase("connection"):
            if value.containsToken("close") { facts.saysClose = true }
            if value.containsToken("keep-alive") { facts.saysKeepAlive = true }
        case 11 where name.equalsIgnoringCase("retry-after"):
            head.retryAfter = Int(decimal: value).flatMap { $0 >= 0 ? $0 : nil }
        case 12 where name.equalsIgnoringCase("content-type"):
            head.contentKind = kind(value)
        case 14 where name.equalsIgnoringCase("content-length"):
            guard let length = Int(decimal: value), value.first != UInt8(ascii: "-"),
                facts.length == nil || facts.length == length
            else {
                throw ResponseHeadError(message: "a content-length that is no number, or two that differ")
            }
            facts.length = length
        case 16 where name.equalsIgnoringCase("content-encoding"):
            if !value.isEmpty, !value.equalsIgnoringCase("identity") { head.isEncoded = true }
        case 17 where name.equalsIgnoringCase("transfer-encoding"):
            guard value.equalsIgnoringCase("chunked"), !facts.isChunked else {
                throw ResponseHeadError(message: "a transfer-encoding other than chunked")
            }
            facts.isChunked = true
        default: break
        }
    }

    private static func kind(_ value: UnsafeRawBufferPointer) -> ResponseHead.ContentKind {
        var end = value.firstIndex(of: UInt8(ascii: ";")) ?? value.count
        while end > 0, value[end - 1] == 0x20 { end -= 1 }
        let type = UnsafeRawBufferPointer(rebasing: value[..<end])
        if type.equalsIgnoringCase("application/json") { return .json }
        if type.equalsIgnoringCase("text/event-stream") { return .eventStream }
        if type.equalsIgnoringCase("text/html") { return .html }
        return .other
    }

    private static func settle(_ head: inout ResponseHead, _ facts: Facts) throws(ResponseHeadError) {
        let version11 = head.keepAlive
        head.keepAlive = version11 ? !facts.saysClose : facts.saysKeepAlive && !facts.saysClose
        if head.isInterim || head.status == 204 || head.status == 304 {
            head.framing = .length(0)
        } else if facts.isChunked {
            guard version11 else { throw ResponseHeadError(message: "chunks in HTTP/1.0") }
            head.framing = .chunked
            // Two lengths: the chunks count, and nothing sent behind them can be trusted (RFC 9112, section 6.1).
            if facts.length != nil { head.keepAlive = false }
        } else if let length = facts.length {
            head.framing = .length(length)
        } else {
            head.framing = .untilClose
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes are `text`, which is in lower case, but for the case of letters.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count {
            let byte = self[index]
            let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
            if lower != text.utf8Start[index] { return false }
        }
        return true
    }

    /// Whether a comma-separated list holds `token`, in any case of letters.
    func containsToken(_ token: StaticString) -> Bool {
        split(separator: UInt8(ascii: ",")).contains { part in
            var part = part
            while part.first == 0x20 || part.first == 0x09 { part.removeFirst() }
            while part.last == 0x20 || part.last == 0x09 { part.removeLast() }
            return UnsafeRawBufferPointer(rebasing: part).equalsIgnoringCase(token)
        }
    }
}
