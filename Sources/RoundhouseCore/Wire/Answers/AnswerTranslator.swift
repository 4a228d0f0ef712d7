#if canImport(Glibc)
private import Glibc
#endif

/// Turns an engine's answer into what the client asked for, as it comes. Pure and incremental: the output is the same whatever
/// pieces the input comes in, and every piece of output may be followed by an event of our own.
public protocol AnswerTranslator: Sendable {
    /// Takes the next bytes of the body, without framing.
    mutating func take(_ payload: UnsafeRawBufferPointer, into output: inout [UInt8])
    /// The body has come to its end.
    mutating func finish(into output: inout [UInt8])
    /// What the engine said that it has used.
    var usage: TokenUsage? { get }
    /// Events with content that came.
    var dataEvents: Int { get }
    /// What went wrong, in the engine's words, if it said so in its stream.
    var failure: String? { get }
    /// Whether the answer was seen to its proper end.
    var isWhole: Bool { get }
    /// What the engine must answer with.
    var input: AnswerForm { get }
    /// What the client gets.
    var output: AnswerForm { get }
    /// The whole answer as one object, also of a stream, once it has ended; nil if the dialect keeps no answers.
    var whole: [UInt8]? { get }
    /// An error as the last thing in a stream, where its form depends on what has been written; nil if the dialect's own will do.
    func lastWords(_ error: ErrorAnswer) -> [UInt8]?
}

extension AnswerTranslator {
    /// The dialect's own.
    public func lastWords(_ error: ErrorAnswer) -> [UInt8]? { nil }
    /// None.
    public var whole: [UInt8]? { nil }
}

/// Splits an event stream into the data of its events.
struct EventSplitter: Sendable {
    private var scanner = EventScanner()
    private var pending: [UInt8] = []
    /// The largest event that is read, in bytes.
    private static let limit = 1 << 22
    /// Whether `[DONE]` has come.
    var sawDone: Bool { scanner.sawDone }
    /// Events with data, `[DONE]` not counted.
    var dataEvents: Int { scanner.dataEvents }
    /// Whether an event was too large, so that nothing after it could be read.
    private(set) var isOverlong = false

    /// Calls `body` with the data of each event that `payload` completes, lines joined by a line feed; comments and `[DONE]` are left out.
    mutating func take(_ payload: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard !isOverlong else { return }
        var start = pending.count
        pending.append(contentsOf: payload)
        var consumed = 0
        pending.withUnsafeBytes { bytes in
            while let end = scanner.nextEventEnd(in: bytes, from: start) {
                Self.data(of: UnsafeRawBufferPointer(rebasing: bytes[consumed..<end]), body)
                consumed = end
                start = end
            }
        }
        pending.removeFirst(consumed)
        isOverlong = pending.count > Self.limit
    }

    /// A last event that lacks its empty line.
    mutating func finish(_ body: (UnsafeRawBufferPointer) -> Void) {
        let last = pending
        pending = []
        last.withUnsafeBytes { Self.data(of: $0, body) }
    }

    /// The data of an event that has one line, and nothing in it but data, as nearly every event does.
    private static func onlyLine(of event: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard event.count > 8, let base = event.baseAddress,
            UnsafeRawBufferPointer(rebasing: event[..<6]).equals("data: "),
            let end = memchr(base, 0x0a, event.count)
        else { return nil }
        let length = UnsafeRawPointer(end) - base
        guard event[length - 1] != 0x0d, event.count == length + 2, event[length + 1] == 0x0a else { return nil }
        return UnsafeRawBufferPointer(rebasing: event[6..<length])
    }

    private static func data(of event: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        if let line = onlyLine(of: event) {
            if !line.equals("[DONE]") { body(line) }
            return
        }
        var data: [UInt8] = []
        var hasData = false
        for var line in event.split(separator: 0x0a, omittingEmptySubsequences: true) {
            if line.last == 0x0d { line = line.dropLast() }
            guard line.starts(with: "data:".utf8) else { continue }
            line = line.dropFirst(5)
            if line.first == 0x20 { line = line.dropFirst() }
            if hasData { data.append(0x0a) }
            hasData = true
            data.append(contentsOf: line)
        }
        guard hasData, !data.elementsEqual("[DONE]".utf8) else { return }
        data.withUnsafeBytes(body)
    }
}
