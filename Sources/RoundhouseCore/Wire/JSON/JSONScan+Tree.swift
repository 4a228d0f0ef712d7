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
        if isAt("{") { return .object(try members(depth: depth)) }
        if isAt("[") { return .array(try elements(depth: depth)) }
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
        try eachMember { scan, key throws(EnvelopeError) in
            members[JSONText.unescaped(scan.slice(key))] = try scan.tree(depth: depth + 1)
        }
        return members
    }

    private mutating func elements(depth: Int) throws(EnvelopeError) -> [JSONValue] {
        try checkDepth(depth)
        var elements: [JSONValue] = []
        try eachElement { scan throws(EnvelopeError) in elements.append(try scan.tree(depth: depth + 1)) }
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
