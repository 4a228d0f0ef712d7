/// Writing JSON and events from pieces: constant text, and content of strings that is copied as it stands.
extension [UInt8] {
    /// Appends constant text.
    @inline(__always)
    mutating func append(constant text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends the decimal digits of a number.
    mutating func append(number: Int) {
        if number >= 0, number < 10 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number))
        } else if number >= 0, number < 100_000 {
            var divisor = number < 100 ? 10 : number < 1000 ? 100 : number < 10_000 ? 1000 : 10_000
            while divisor > 0 {
                append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
                divisor /= 10
            }
        } else {
            append(contentsOf: String(number).utf8)
        }
    }

    /// Appends the content of a JSON string in quotes.
    mutating func append(quoted content: some Collection<UInt8>) {
        append(UInt8(ascii: "\""))
        append(contentsOf: content)
        append(UInt8(ascii: "\""))
    }

    /// Appends JSON as the content of a JSON string.
    mutating func append(escaping json: UnsafeRawBufferPointer) {
        JSONText.append(String(decoding: json, as: UTF8.self), to: &self)
    }
}
