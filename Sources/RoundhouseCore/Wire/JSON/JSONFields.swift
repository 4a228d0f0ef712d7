/// The fields of an object that is known to be JSON, each read as what it is said to be. Nothing is copied of what is only passed on, so
/// that numbers stay as they were written and schemas keep the order of their properties, which means something to models.
struct JSONFields {
    /// Reads the text that the fields stand in.
    let scan: JSONScan
    /// The fields in their order; of a name that occurs twice only the last.
    private(set) var all: [(name: String, field: RequestEnvelope.Field)] = []
    private var places: [String: Int] = [:]
    /// What stands before a field's name in messages: nothing, or `messages[2].`
    private let path: String

    /// Reads a whole text.
    /// - Throws: that it is not a JSON object.
    init(_ text: UnsafeRawBufferPointer) throws(EnvelopeError) {
        var scan = JSONScan(text)
        scan.skipSpace()
        let start = scan.index
        guard try scan.value(depth: 0) == .object else { throw EnvelopeError("The body must be a JSON object.", at: 0) }
        self.init(start..<scan.index, scan, path: "")
    }

    /// Reads an object that stands at `range`.
    init(_ range: Range<Int>, _ scan: JSONScan, path: String) {
        self.scan = scan
        self.path = path
        for field in scan.members(of: range) {
            let name = JSONText.unescaped(scan.slice(field.key))
            if let place = places.updateValue(places[name] ?? all.count, forKey: name) {
                all[place].field = field
            } else {
                all.append((name, field))
            }
        }
    }

    /// A field; nil if it is missing or null.
    subscript(name: String) -> RequestEnvelope.Field? {
        guard let place = places[name], all[place].field.kind != .null else { return nil }
        return all[place].field
    }

    /// A field's value as it stands.
    func raw(_ field: RequestEnvelope.Field) -> UnsafeRawBufferPointer { scan.slice(field.value) }

    /// A text.
    func string(_ name: String) throws(EnvelopeError) -> String? {
        try stringField(name).map(text)
    }

    /// A field that holds a text, which is not read.
    func stringField(_ name: String) throws(EnvelopeError) -> RequestEnvelope.Field? {
        guard let field = self[name] else { return nil }
        guard field.kind == .string else { throw mismatch(name, "a string") }
        return field
    }

    /// What a string stands for.
    func text(_ field: RequestEnvelope.Field) -> String {
        JSONText.unescaped(scan.slice(field.value.lowerBound + 1..<field.value.upperBound - 1))
    }

    /// A truth value.
    func flag(_ name: String) throws(EnvelopeError) -> Bool? {
        guard let field = self[name] else { return nil }
        guard field.kind == .true || field.kind == .false else { throw mismatch(name, "true or false") }
        return field.kind == .true
    }

    /// A number.
    func number(_ name: String) throws(EnvelopeError) -> Double? {
        guard let field = self[name] else { return nil }
        guard field.kind == .number, let value = Double(String(decoding: raw(field), as: UTF8.self)), value.isFinite
        else { throw mismatch(name, "a number") }
        return value
    }

    /// A whole number, which may be written with a fraction of nothing.
    func whole(_ name: String) throws(EnvelopeError) -> Int? {
        guard let field = self[name] else { return nil }
        if field.kind == .number, let value = Int(decimal: raw(field)) { return value }
        guard field.kind == .number, let number = try number(name), let value = Int(exactly: number) else {
            throw mismatch(name, "a whole number")
        }
        return value
    }

    /// The elements of an array; none if it is missing.
    func elements(_ name: String) throws(EnvelopeError) -> [RequestEnvelope.Field] {
        guard let field = self[name] else { return [] }
        guard field.kind == .array else { throw mismatch(name, "an array") }
        return scan.elements(of: field.value)
    }

    /// An object; nil if it is missing.
    func object(_ name: String) throws(EnvelopeError) -> JSONFields? {
        guard let field = self[name] else { return nil }
        guard field.kind == .object else { throw mismatch(name, "an object") }
        return JSONFields(field.value, scan, path: "\(path)\(name).")
    }

    /// An element of the array `name` that must be an object.
    func object(_ element: RequestEnvelope.Field, at index: Int, of name: String) throws(EnvelopeError) -> JSONFields {
        guard element.kind == .object else {
            throw error("\(name)[\(index)]", "must be an object, and is \(element.kind.words)")
        }
        return JSONFields(element.value, scan, path: "\(path)\(name)[\(index)].")
    }

    /// What is wrong with a field. `words` go on after its name and end without a full stop.
    func error(_ name: String, _ words: String) -> EnvelopeError {
        let field = places[String(name.prefix { $0 != "[" && $0 != "." })].map { all[$0].field }
        let offset = field?.value.lowerBound ?? 0
        return EnvelopeError("\"\(path)\(name)\" \(words).", parameter: path + name, at: offset)
    }

    private func mismatch(_ name: String, _ expected: String) -> EnvelopeError {
        error(name, "must be \(expected), and is \(self[name]?.kind.words ?? "missing")")
    }
}

extension RequestEnvelope.Kind {
    /// In messages.
    var words: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .true: "true"
        case .false: "false"
        case .null: "null"
        }
    }
}
