/// Looking again at what has been read, and is known to be valid.
extension JSONScan {
    /// A value that has been found in an array.
    struct Element {
        var value: Range<Int>
        var kind: RequestEnvelope.Kind
    }

    /// The fields of an object.
    func members(of object: Range<Int>) -> [RequestEnvelope.Field] {
        var members: [RequestEnvelope.Field] = []
        again(at: object.lowerBound) { scan throws(EnvelopeError) in
            try scan.eachMember { scan, key throws(EnvelopeError) in
                let (value, kind) = try scan.anyValue()
                members.append(RequestEnvelope.Field(key: key, value: value, kind: kind))
            }
        }
        return members
    }

    /// The elements of an array, as fields without keys.
    func elements(of array: Range<Int>) -> [RequestEnvelope.Field] {
        var elements: [RequestEnvelope.Field] = []
        Self.forEachElement(of: array, in: bytes) { element in
            let start = element.value.lowerBound
            elements.append(RequestEnvelope.Field(key: start..<start, value: element.value, kind: element.kind))
        }
        return elements
    }

    /// Calls `body` for each element of an array.
    static func forEachElement(of array: Range<Int>, in bytes: UnsafeRawBufferPointer, _ body: (Element) -> Void) {
        JSONScan(bytes).again(at: array.lowerBound) { scan throws(EnvelopeError) in
            try scan.eachElement { scan throws(EnvelopeError) in
                let (value, kind) = try scan.anyValue()
                body(Element(value: value, kind: kind))
            }
        }
    }

    /// Whether there is anything in an array.
    func hasElements(_ array: Range<Int>) -> Bool {
        var scan = JSONScan(bytes)
        scan.index = array.lowerBound + 1
        scan.skipSpace()
        return !scan.isAt("]")
    }

    private func again(at index: Int, _ body: (inout JSONScan) throws(EnvelopeError) -> Void) {
        var scan = JSONScan(bytes)
        scan.index = index
        do {
            try body(&scan)
        } catch {
            preconditionFailure("what was valid JSON is not: \(error.message)")
        }
    }
}
