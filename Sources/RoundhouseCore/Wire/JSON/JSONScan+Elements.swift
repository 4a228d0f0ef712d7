extension JSONScan {
    /// A value that has been found in an array.
    struct Element {
        var value: Range<Int>
        var kind: RequestEnvelope.Kind
    }

    /// The elements of an array that has been read already.
    func elements(of array: Range<Int>) -> [Element] {
        var elements: [Element] = []
        Self.forEachElement(of: array, in: bytes) { elements.append($0) }
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
