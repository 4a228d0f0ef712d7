/// Reading an object in one pass, by whoever knows what is in it. What `body` does not read it has to pass over with `anyValue`.
extension JSONScan {
    /// Calls `body` for each member of the object that begins here, with the scan at the beginning of its value.
    @inline(__always)
    mutating func eachMember(
        _ body: (inout JSONScan, Range<Int>) throws(EnvelopeError) -> Void
    ) throws(EnvelopeError) {
        try expect(UInt8(ascii: "{"), "an object")
        skipSpace()
        if take(UInt8(ascii: "}")) { return }
        while true {
            try expect(UInt8(ascii: "\""), "a field's name in quotes")
            let (key, _) = try stringContent()
            skipSpace()
            try expect(UInt8(ascii: ":"), "a colon")
            skipSpace()
            try body(&self, key)
            skipSpace()
            guard take(UInt8(ascii: ",")) else { break }
            skipSpace()
        }
        try expect(UInt8(ascii: "}"), "a comma or the object's end")
    }

    /// Calls `body` for each element of the array that begins here, with the scan at its beginning.
    @inline(__always)
    mutating func eachElement(_ body: (inout JSONScan) throws(EnvelopeError) -> Void) throws(EnvelopeError) {
        try expect(UInt8(ascii: "["), "an array")
        skipSpace()
        if take(UInt8(ascii: "]")) { return }
        while true {
            try body(&self)
            skipSpace()
            guard take(UInt8(ascii: ",")) else { break }
            skipSpace()
        }
        try expect(UInt8(ascii: "]"), "a comma or the array's end")
    }

    /// Where the object stands that the whole text is; nil if it is anything else, or no JSON.
    static func object(in text: UnsafeRawBufferPointer) -> Range<Int>? {
        var scan = JSONScan(text)
        do {
            scan.skipSpace()
            let (range, kind) = try scan.anyValue()
            scan.skipSpace()
            return kind == .object && scan.isAtEnd ? range : nil
        } catch {
            // Why it is none is not asked.
            return nil
        }
    }

    /// Whether this byte is next.
    func isAt(_ byte: Unicode.Scalar) -> Bool { index < bytes.count && bytes[index] == UInt8(ascii: byte) }

    /// Passes over the value that begins here.
    mutating func anyValue() throws(EnvelopeError) -> (range: Range<Int>, kind: RequestEnvelope.Kind) {
        let start = index
        let kind = try value(depth: 0)
        return (start..<index, kind)
    }

    /// Passes over the value that begins here; the content of a string, nil of anything else.
    mutating func string() throws(EnvelopeError) -> Range<Int>? {
        if take(UInt8(ascii: "\"")) { return try stringContent().content }
        _ = try value(depth: 0)
        return nil
    }
}
