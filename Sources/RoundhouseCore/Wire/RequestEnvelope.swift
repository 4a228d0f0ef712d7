/// What the gateway needs to know of a JSON request body, found in one pass that makes no tree, no strings and no copy.
///
/// The pass checks the whole grammar of RFC 8259 and the encoding, so that what is passed on means the same to the
/// engine as it did here. It is stricter in what decides about a request: a top-level key that is interpreted must not
/// occur twice or be written with escapes, or gateway and engine might read different ones.
public struct RequestEnvelope: Sendable {
    /// The kinds of JSON values.
    public enum Kind: Sendable {
        case object, array, string, number, `true`, `false`, null
    }

    /// A field of the top-level object.
    public struct Field: Sendable {
        /// The key, without its quotes.
        public var key: Range<Int>
        /// The value, with its quotes or brackets.
        public var value: Range<Int>
        /// What the value is.
        public var kind: Kind

        /// Whether the value is null, false, an empty text, 0 or 1: what a field says that changes nothing.
        public func asksForNothing(in body: UnsafeRawBufferPointer) -> Bool {
            switch kind {
            case .null, .false: true
            case .string: value.count == 2
            case .number: value.count == 1 && body[value.lowerBound] <= UInt8(ascii: "1")
            case .true, .array, .object: false
            }
        }
    }

    /// The top-level fields in their order.
    public internal(set) var fields: [Field] = []
    /// The content of `model`, inside its quotes; nil if there is none.
    public internal(set) var model: Range<Int>?
    /// Whether a stream is asked for.
    public internal(set) var stream = false
    /// `stream_options.include_usage`; nil if it does not occur.
    public internal(set) var includeUsage: Bool?
    /// The value of `stream_options.include_usage`.
    public internal(set) var includeUsageValue: Range<Int>?
    /// The value of `stream_options`.
    public internal(set) var streamOptions: Field?
    /// The most tokens that the answer may have, if the request says so.
    public internal(set) var maxTokens: Int?
    /// The content of `metadata.feature`.
    public internal(set) var feature: Range<Int>?
    /// Whether `tools` or `functions` is an array with something in it.
    public internal(set) var hasTools = false
    /// Whether `messages` or `input` holds an image.
    public internal(set) var hasImages = false
    /// Whether `messages` or `input` names media by a URL that whoever serves the request would have to fetch.
    public internal(set) var hasRemoteMedia = false
    /// Where the object's `{` stands.
    public internal(set) var objectStart = 0

    /// The deepest nesting that is accepted. Engines parse recursively; theirs is no business of a client's.
    public static let depthLimit = 200
    /// The most top-level fields that are accepted.
    public static let fieldLimit = 512
    /// The longest model name, in bytes.
    public static let nameLimit = 512

    /// Reads a body.
    /// - Throws: what is wrong with it, and where.
    public static func scan(_ body: UnsafeRawBufferPointer) throws(EnvelopeError) -> RequestEnvelope {
        var scan = EnvelopeScan(body)
        try scan.run()
        return scan.envelope
    }

    /// The field with this key, which the program itself names.
    public func field(_ key: StaticString, in body: UnsafeRawBufferPointer) -> Field? {
        fields.first { UnsafeRawBufferPointer(rebasing: body[$0.key]).equals(key) }
    }

    /// The field with this key.
    @_disfavoredOverload
    public func field(_ key: String, in body: UnsafeRawBufferPointer) -> Field? {
        fields.first { UnsafeRawBufferPointer(rebasing: body[$0.key]).elementsEqual(key.utf8) }
    }
}

/// What is wrong with a request body.
public struct EnvelopeError: Error, Sendable, Equatable {
    /// A sentence for people.
    public var message: String
    /// The field that is wrong, if it is one.
    public var parameter: String?
    /// The byte where it was noticed, from 0.
    public var offset: Int

    init(_ message: String, parameter: String? = nil, at offset: Int) {
        self.message = message
        self.parameter = parameter
        self.offset = offset
    }
}
