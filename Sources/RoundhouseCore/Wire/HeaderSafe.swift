extension String {
    /// The text with everything but printable ASCII percent-encoded, so that it can stand in a header.
    public var headerSafe: String {
        var safe = ""
        for byte in utf8 {
            if byte > 0x20, byte < 0x7f, byte != UInt8(ascii: "%") {
                safe.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                safe += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return safe
    }
}
