/// Moments as `2027-01-01T00:00:00.000000Z` (RFC 3339), as Ollama's answers have them. A second's text is kept: of the pieces of an answer, many are
/// made in one.
struct OllamaTimestamp: Sendable {
    private var second: Int64 = -1
    private var text: [UInt8] = []

    /// Appends a moment in nanoseconds since 1970; before that it is 1970.
    mutating func append(_ nanoseconds: Int64, to output: inout [UInt8]) {
        let moment = max(nanoseconds, 0)
        let now = moment / 1_000_000_000
        if now != second {
            second = now
            let ofDay = Int(now % 86_400)
            text = Array(CalendarDay(secondsSince1970: now).description.utf8)
            for (mark, value) in zip("T::".utf8, [ofDay / 3600, ofDay / 60 % 60, ofDay % 60]) {
                text.append(mark)
                text.append(Self.digit(value / 10))
                text.append(Self.digit(value % 10))
            }
            text.append(UInt8(ascii: "."))
        }
        output += text
        var rest = Int(moment % 1_000_000_000) / 1000
        var place = 100_000
        while place > 0 {
            output.append(Self.digit(rest / place))
            rest %= place
            place /= 10
        }
        output.append(UInt8(ascii: "Z"))
    }

    /// The text of one moment.
    static func text(_ nanoseconds: Int64) -> String {
        var stamp = OllamaTimestamp()
        var text: [UInt8] = []
        stamp.append(nanoseconds, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static func digit(_ value: Int) -> UInt8 { UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value) }
}
