/// `keep_alive` of a request.
extension Residence {
    /// Seconds; less than nothing is for ever.
    private init(seconds: Double) {
        // Go's durations end after 292 years.
        self = seconds < 0 || seconds > 9.2e9 ? .forever : .idle(.seconds(seconds))
    }

    /// Reads `keep_alive` of a request; nil if it is missing.
    init?(_ fields: JSONFields) throws(EnvelopeError) {
        guard let field = fields["keep_alive"] else { return nil }
        if field.kind == .number, let seconds = try fields.number("keep_alive") {
            self.init(seconds: seconds)
        } else if field.kind == .string, let seconds = Self.goSeconds(fields.text(field)) {
            self.init(seconds: seconds)
        } else {
            throw fields.error(
                "keep_alive",
                #"must be a duration such as "5m" or "1h30m", or seconds as a number; 0 unloads, -1 keeps for ever"#)
        }
    }

    private static let units: [(name: String, seconds: Double)] = [
        ("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("μs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
    ]

    /// Reads a duration as Go writes it (time.ParseDuration): `1h30m`, `-1m`, `1.5s`. A number without a unit, which Go only takes if it
    /// is 0, is one of seconds: settings from an environment come like that.
    private static func goSeconds(_ text: String) -> Double? {
        var rest = text[...]
        var sign = 1.0
        if let first = rest.first, first == "-" || first == "+" {
            sign = first == "-" ? -1 : 1
            rest = rest.dropFirst()
        }
        if let number = plainNumber(rest) { return sign * number }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0 == "." || ($0.isASCII && $0.isNumber) }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0 != "." && !($0.isASCII && $0.isNumber) }
            rest = rest.dropFirst(unit.count)
            guard let number = plainNumber(digits), let found = units.first(where: { $0.name == unit }) else {
                return nil
            }
            total += number * found.seconds
        }
        return sign * total
    }

    private static func plainNumber(_ text: Substring) -> Double? {
        guard text.allSatisfy({ $0 == "." || ($0.isASCII && $0.isNumber) }), text.contains(where: { $0 != "." }),
            text.count(where: { $0 == "." }) <= 1
        else { return nil }
        // Swift wants a digit on both sides of the point, Go on one.
        return Double("0\(text)\(text.last == "." ? "0" : "")")
    }
}
