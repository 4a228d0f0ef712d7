/// The members of an object in a request.
struct RequestObject {
    let value: RequestValue
    private let fields: [RequestEnvelope.Field]
    private let scan: JSONScan

    init(_ value: RequestValue, _ fields: [RequestEnvelope.Field], _ scan: JSONScan) {
        self.value = value
        self.fields = fields
        self.scan = scan
    }

    /// All members in their order, null or not.
    var members: [(key: UnsafeRawBufferPointer, value: RequestValue)] {
        fields.map { (scan.slice($0.key), RequestValue(path: path(scan.slice($0.key)), $0, scan)) }
    }

    /// A member; nil also if it is null. Of a key that occurs twice the last counts.
    subscript(key: StaticString) -> RequestValue? {
        guard let field = fields.last(where: { scan.slice($0.key).equals(key) }), field.kind != .null else {
            return nil
        }
        return RequestValue(path: path(scan.slice(field.key)), field, scan)
    }

    /// A member that must be there.
    func required(_ key: StaticString) throws(EnvelopeError) -> RequestValue {
        if let value = self[key] { return value }
        let path = path(UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        var error = value.error("")
        error.message = "\(path): Field required"
        error.parameter = path
        throw error
    }

    /// Refuses members that nobody here knows, so that none gets lost unnoticed.
    func allow(_ keys: StaticString...) throws(EnvelopeError) {
        for field in fields where field.kind != .null {
            let key = scan.slice(field.key)
            guard keys.contains(where: { key.equals($0) }) else {
                throw RequestValue(path: path(key), field, scan).error(
                    "Roundhouse cannot tell an engine what this field asks for. Leave it out.")
            }
        }
    }

    private func path(_ key: UnsafeRawBufferPointer) -> String {
        let name = String(decoding: key, as: UTF8.self)
        return value.path.isEmpty ? name : "\(value.path).\(name)"
    }
}
