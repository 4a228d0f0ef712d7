/// A value in a client's request where it stands, with the path by which messages name it, as Anthropic's API does:
/// `messages.0.content.1`. No tree is made, so that texts, schemas and arguments can be copied as the client wrote them: the order of
/// their keys decides whether an engine finds its prompt in its cache.
struct RequestValue {
    let path: String
    let kind: RequestEnvelope.Kind
    private let range: Range<Int>
    private let scan: JSONScan

    /// The whole body, which must be an object.
    init(body: UnsafeRawBufferPointer) throws(EnvelopeError) {
        var scan = JSONScan(body)
        scan.skipSpace()
        let start = scan.index
        kind = try scan.value(depth: 1)
        range = start..<scan.index
        path = ""
        self.scan = JSONScan(body)
        scan.skipSpace()
        guard scan.isAtEnd, kind == .object else {
            throw EnvelopeError("The body must be a JSON object.", at: start)
        }
    }

    init(path: String, _ field: RequestEnvelope.Field, _ scan: JSONScan) {
        self.path = path
        kind = field.kind
        range = field.value
        self.scan = scan
    }

    /// The value as the client wrote it.
    var raw: UnsafeRawBufferPointer { scan.slice(range) }

    /// The content of a string, with its escapes.
    func text() throws(EnvelopeError) -> UnsafeRawBufferPointer {
        guard kind == .string else { throw error("Input should be a valid string") }
        return scan.slice(range.lowerBound + 1..<range.upperBound - 1)
    }

    func object() throws(EnvelopeError) -> RequestObject {
        guard kind == .object else { throw error("Input should be an object") }
        return RequestObject(self, scan.members(of: range), scan)
    }

    func elements() throws(EnvelopeError) -> [RequestValue] {
        guard kind == .array else { throw error("Input should be a list") }
        var elements: [RequestValue] = []
        for (index, element) in scan.elements(of: range).enumerated() {
            elements.append(RequestValue(path: "\(path).\(index)", element, scan))
        }
        return elements
    }

    func truth() throws(EnvelopeError) -> Bool {
        guard kind == .true || kind == .false else { throw error("Input should be true or false") }
        return kind == .true
    }

    /// A whole number, `least` or more.
    func count(least: Int) throws(EnvelopeError) -> Int {
        guard kind == .number, let count = Int(decimal: raw) else { throw error("Input should be a whole number") }
        guard count >= least else { throw error("Input should be greater than or equal to \(least)") }
        return count
    }

    /// What is wrong with this value.
    func error(_ why: String) -> EnvelopeError {
        EnvelopeError("\(path): \(why)", parameter: path, at: range.lowerBound)
    }
}
