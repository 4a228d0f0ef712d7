internal import RoundhouseCore

/// The text of `config/keys.yaml`.
enum KeyWriter {
    /// The whole file.
    static func text(_ keys: [APIKey]) -> String {
        "# Written by `roundhouse keys`. The secrets themselves are not in it.\n"
            + keys.map { "- {\(fields($0).joined(separator: ", "))}\n" }.joined()
    }

    private static func fields(_ key: APIKey) -> [String] {
        // In quotes: `null` and `123` are good names, and would be something else without them.
        var fields = ["id: \(quoted(key.id))"]
        if let team = key.team { fields.append("team: \(quoted(team))") }
        fields += ["class: \(key.keyClass.rawValue)", "sha256: \(key.hash.hex)"]
        if let expires = key.expires { fields.append("expires: \(KeyExpiry.text(expires))") }
        if let models = key.models {
            fields.append("models: [\(models.patterns.map(quoted).joined(separator: ", "))]")
        }
        let limits = self.limits(key.limits)
        if !limits.isEmpty { fields.append("limits: {\(limits.joined(separator: ", "))}") }
        if let budget = key.budget {
            fields.append(
                "budget: {amount: \(budget.amount), per: \(budget.period.rawValue), currency: \(budget.currency)}")
        }
        if let priority = key.priority { fields.append("priority: \(priority.rawValue)") }
        if key.localOnly { fields.append("local_only: true") }
        return fields
    }

    private static func limits(_ limits: RateLimits) -> [String] {
        let numbers = [
            ("requests_per_minute", limits.requestsPerMinute), ("tokens_per_minute", limits.tokensPerMinute),
            ("concurrent", limits.concurrent),
        ]
        return numbers.compactMap { key, number in number.map { "\(key): \($0)" } }
            + (limits.shadow ? ["shadow: true"] : [])
    }

    /// A text in double quotes, with everything but visible ASCII escaped (YAML 1.1, section 5.6): what a parser does not
    /// count as printable could not be read back.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                result += "\\\(scalar)"
            } else if (0x20..<0x7f).contains(scalar.value) {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return result + "\""
    }
}
