internal import RoundhouseCore

/// Reads `parameters:` other than the model: fields that are added to requests which lack them.
enum ParameterParser {
    static func defaults(_ section: Section) -> [RequestDefault] {
        section.entries.compactMap { entry in
            guard !entry.value.isNull, let json = json(entry, section) else { return nil }
            return RequestDefault(key: entry.key, json: Array(json.utf8))
        }
    }

    private static func json(_ entry: YAMLEntry, _ section: Section) -> String? {
        let key = entry.key
        if let range = KnownKeys.wholeParameters[key] {
            let fix = key == "max_tokens" ? "leave it out for no limit" : nil
            return section.int(key, range, fix: fix).map(String.init)
        }
        if let range = KnownKeys.numberParameters[key] {
            guard let text = entry.value.text, let number = Double(text), range.contains(number) else {
                section.expected("a number, \(plain(range.lowerBound)) to \(plain(range.upperBound))", entry)
                return nil
            }
            return plain(number)
        }
        if KnownKeys.switchParameters.contains(key) { return section.bool(key).map { $0 ? "true" : "false" } }
        if KnownKeys.textParameters.contains(key) { return section.text(key).map(quoted) }
        if key == "stop" {
            return section.texts(key).map { "[" + $0.map { quoted($0.text) }.joined(separator: ",") + "]" }
        }
        return nil
    }

    /// A number as JSON, whole ones without a fraction.
    private static func plain(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
    }

    /// A text as a JSON string (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if scalar.value < 0x20 {
                    let hex = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
