extension JSONScan {
    /// A value that has been found in an array.
    struct Element {
        var value: Range<Int>
        var kind: RequestEnvelope.Kind
    }

    /// The elements of an array that has been read already, as fields without keys.
    func elements(of array: Range<Int>) -> [RequestEnvelope.Field] {
        var elements: [RequestEnvelope.Field] = []
        Self.forEachElement(of: array, in: bytes) { element in
            let start = element.value.lowerBound
            elements.append(RequestEnvelope.Field(key: start..<start, value: element.value, kind: element.kind))
        }
        return elements
    }

    /// Calls `body` for each element of an array that has been read already.
    static func forEachElement(of array: Range<Int>, in bytes: UnsafeRawBufferPointer, _ body: (Element) -> Void) {
        var scan = JSONScan(bytes)
        scan.index = array.lowerBound + 1
        do {
            scan.skipSpace()
            while scan.index < array.upperBound - 1 {
                let start = scan.index
                let kind = try scan.value(depth: 0)
                body(Element(value: start..<scan.index, kind: kind))
                scan.skipSpace()
                guard scan.take(UInt8(ascii: ",")) else { break }
                scan.skipSpace()
            }
        } catch {
            preconditionFailure("an array that was valid is not: \(error.message)")
        }
    }
}
