extension JSONScan {
    /// Reads all of the text as one value.
    mutating func whole() throws(EnvelopeError) -> JSONValue {
        skipSpace()
        let value = try tree(depth: 0)
        skipSpace()
        guard isAtEnd else { throw EnvelopeError("Something follows the JSON at byte \(index).", at: index) }
        return value
    }

    /// Reads the value that begins here, with everything in it.
    private mutating func tree(depth: Int) throws(EnvelopeError) -> JSONValue {
        let start = index
        if take(UInt8(ascii: "\"")) { return .string(try text()) }
        if take(UInt8(ascii: "{")) { return .object(try members(depth: depth)) }
        if take(UInt8(ascii: "[")) { return .array(try elements(depth: depth)) }
        switch try value(depth: depth) {
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .number: return try number(start..<index)
        default: return .null
        }
    }

    private mutating func members(depth: Int) throws(EnvelopeError) -> [String: JSONValue] {
        try checkDepth(depth)
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return members }
        while true {
            try expect(UInt8(ascii: "\""), "a field's name in quotes")
            let key = try text()
            skipSpace()
            try expect(UInt8(ascii: ":"), "a colon")
            skipSpace()
            members[key] = try tree(depth: depth + 1)
            skipSpace()
            guard take(UInt8(ascii: ",")) else { break }
            skipSpace()
        }
        try expect(UInt8(ascii: "}"), "a comma or the object's end")
        return members
    }

    private mutating func elements(depth: Int) throws(EnvelopeError) -> [JSONValue] {
        try checkDepth(depth)
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try tree(depth: depth + 1))
            skipSpace()
            guard take(UInt8(ascii: ",")) else { break }
            skipSpace()
        }
        try expect(UInt8(ascii: "]"), "a comma or the array's end")
        return elements
    }

    private mutating func text() throws(EnvelopeError) -> String {
        let (content, isEscaped) = try stringContent()
        return isEscaped ? JSONText.unescaped(slice(content)) : String(decoding: slice(content), as: UTF8.self)
    }

    private func number(_ range: Range<Int>) throws(EnvelopeError) -> JSONValue {
        let text = String(decoding: slice(range), as: UTF8.self)
        if let whole = Int64(text) { return .int(whole) }
        guard let value = Double(text), value.isFinite else {
            throw EnvelopeError(
                "No number here is as large as the one at byte \(range.lowerBound).", at: range.lowerBound)
        }
        return .number(value)
    }
}
