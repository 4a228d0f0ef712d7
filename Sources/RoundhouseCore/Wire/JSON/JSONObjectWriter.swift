/// Writes a JSON object field by field. A field's first value counts, whatever is added under the same name later.
struct JSONObjectWriter {
    private var names: Set<String> = []
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    /// Adds a value that is JSON already.
    mutating func add(_ name: String, raw: some Sequence<UInt8>) {
        guard names.insert(name).inserted else { return }
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes += JSONText.quoted(name)
        bytes.append(UInt8(ascii: ":"))
        bytes += raw
    }

    /// Adds a text.
    mutating func add(_ name: String, _ text: String) { add(name, raw: JSONText.quoted(text)) }

    /// Adds a whole number.
    mutating func add(_ name: String, _ number: Int) { add(name, raw: String(number).utf8) }

    /// Adds a truth value.
    mutating func add(_ name: String, _ flag: Bool) { add(name, raw: (flag ? "true" : "false").utf8) }

    /// Adds what is in an array, each element JSON already.
    mutating func add(_ name: String, elements: [[UInt8]]) {
        add(name, raw: JSONObjectWriter.array(elements))
    }

    /// Adds those fields whose names are not in `known`, as they stand.
    mutating func addRest(of fields: JSONFields, except known: Set<String>) {
        for (name, field) in fields.all where !known.contains(name) { add(name, raw: fields.raw(field)) }
    }

    /// The object.
    var text: [UInt8] { bytes + [UInt8(ascii: "}")] }

    /// An array of what is JSON already.
    static func array(_ elements: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + elements.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
}
