/// The head of an upstream's answer: the facts that decide about it, and where its header lines stand.
public struct ResponseHead: Sendable {
    /// What the body is, by its content type.
    public enum ContentKind: Sendable {
        case json, eventStream, html, other
        /// The upstream does not say.
        case unsaid
    }

    /// The status.
    public internal(set) var status = 0
    /// The bytes that the head takes, the empty line included.
    public internal(set) var consumed = 0
    /// How the body's end is known.
    public internal(set) var framing = BodyFraming.Kind.untilClose
    /// Whether the connection may be used again when the body has been read.
    public internal(set) var keepAlive = true
    /// What the body is.
    public internal(set) var contentKind = ContentKind.unsaid
    /// Whether the body is compressed.
    public internal(set) var isEncoded = false
    /// `Retry-After` in seconds; nil if it is missing or a date.
    public internal(set) var retryAfter: Int?

    var lines: [(name: Range<Int>, value: Range<Int>)] = []

    /// Whether the real head is still to come (1xx).
    public var isInterim: Bool { (100..<200).contains(status) }

    /// Gives each header line's name and trimmed value. `bytes` must be those that the head was parsed from.
    public func forEachHeader(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void
    ) {
        for line in lines {
            body(
                UnsafeRawBufferPointer(rebasing: bytes[line.name]), UnsafeRawBufferPointer(rebasing: bytes[line.value]))
        }
    }
}

/// Why an upstream's answer cannot be read.
public struct ResponseHeadError: Error, Sendable, Equatable {
    /// What it is, to stand behind "answered with".
    public var message: String
}
