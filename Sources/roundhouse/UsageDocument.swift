/// Sums over requests, as `/admin/usage` and `roundhouse usage --format json` show them.
///
/// What is unknown is null, 0 is a number; a request without a price adds nothing to `cost`, which is empty if none had one.
struct UsageDocument: Codable {
    /// What the rows are told apart by.
    var by: [String]
    /// The first second that counts, since 1970.
    var since: Int64
    /// The second behind the last one that counts.
    var until: Int64
    var rows: [Row]

    struct Row: Codable {
        /// The values of the dimensions, by their names; null where requests had none.
        var labels: [String: String?]
        var requests: Int
        /// Those that did not end well.
        var errors: Int
        /// Those that left the house.
        var escalated: Int
        var inputTokens: Int
        var cachedTokens: Int
        var outputTokens: Int
        /// How many of the tokens were estimated, because an engine did not say them.
        var estimatedTokens: Int
        var audioSeconds: Double
        var characters: Int
        var images: Int
        /// Mean time of an answer that came to its end, and until its first byte, in milliseconds; null if there was none.
        var durationMs: Double?
        var firstByteMs: Double?
        /// Cost by currency.
        var cost: [String: Double]
        /// What the same use would have cost elsewhere.
        var compared: Comparison?
    }

    struct Comparison: Codable {
        var model: String
        var cost: Double
        var currency: String
    }
}

extension UsageDocument.Row {
    private enum Key: String, CodingKey, CaseIterable {
        case requests, errors, escalated
        case inputTokens = "input_tokens"
        case cachedTokens = "cached_tokens"
        case outputTokens = "output_tokens"
        case estimatedTokens = "estimated_tokens"
        case audioSeconds = "audio_seconds"
        case durationMs = "duration_ms"
        case firstByteMs = "first_byte_ms"
        case characters, images, cost, compared
    }

    private struct Label: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// The labels stand beside the sums: `{"team":"research","requests":3,...}`.
    func encode(to encoder: any Encoder) throws {
        var names = encoder.container(keyedBy: Label.self)
        for (name, value) in labels { try names.encode(value, forKey: Label(stringValue: name)) }
        var sums = encoder.container(keyedBy: Key.self)
        try sums.encode(requests, forKey: .requests)
        try sums.encode(errors, forKey: .errors)
        try sums.encode(escalated, forKey: .escalated)
        try sums.encode(inputTokens, forKey: .inputTokens)
        try sums.encode(cachedTokens, forKey: .cachedTokens)
        try sums.encode(outputTokens, forKey: .outputTokens)
        try sums.encode(estimatedTokens, forKey: .estimatedTokens)
        try sums.encode(audioSeconds, forKey: .audioSeconds)
        try sums.encode(characters, forKey: .characters)
        try sums.encode(images, forKey: .images)
        try sums.encode(durationMs, forKey: .durationMs)
        try sums.encode(firstByteMs, forKey: .firstByteMs)
        try sums.encode(cost, forKey: .cost)
        try sums.encodeIfPresent(compared, forKey: .compared)
    }

    init(from decoder: any Decoder) throws {
        let sums = try decoder.container(keyedBy: Key.self)
        requests = try sums.decode(Int.self, forKey: .requests)
        errors = try sums.decode(Int.self, forKey: .errors)
        escalated = try sums.decode(Int.self, forKey: .escalated)
        inputTokens = try sums.decode(Int.self, forKey: .inputTokens)
        cachedTokens = try sums.decode(Int.self, forKey: .cachedTokens)
        outputTokens = try sums.decode(Int.self, forKey: .outputTokens)
        estimatedTokens = try sums.decode(Int.self, forKey: .estimatedTokens)
        audioSeconds = try sums.decode(Double.self, forKey: .audioSeconds)
        characters = try sums.decode(Int.self, forKey: .characters)
        images = try sums.decode(Int.self, forKey: .images)
        durationMs = try sums.decodeIfPresent(Double.self, forKey: .durationMs)
        firstByteMs = try sums.decodeIfPresent(Double.self, forKey: .firstByteMs)
        cost = try sums.decode([String: Double].self, forKey: .cost)
        compared = try sums.decodeIfPresent(UsageDocument.Comparison.self, forKey: .compared)
        let names = try decoder.container(keyedBy: Label.self)
        labels = [:]
        for name in names.allKeys where Key(rawValue: name.stringValue) == nil {
            labels[name.stringValue] = .some(try names.decode(String?.self, forKey: name))
        }
    }
}

extension UsageDocument {
    private var units: [(title: String, value: (Row) -> String)] {
        // Arms are compared; elsewhere a mean over unlike things says little, and stands in JSON alone.
        let isTimed = by.contains("arm")
        let all: [(String, (Row) -> Double, (Row) -> String)] = [
            ("requests", { _ in 1 }, { String($0.requests) }), ("errors", { _ in 1 }, { String($0.errors) }),
            ("escalated", { Double($0.escalated) }, { String($0.escalated) }),
            ("input_tokens", { _ in 1 }, { String($0.inputTokens) }),
            ("cached_tokens", { Double($0.cachedTokens) }, { String($0.cachedTokens) }),
            ("output_tokens", { _ in 1 }, { String($0.outputTokens) }),
            ("estimated_tokens", { Double($0.estimatedTokens) }, { String($0.estimatedTokens) }),
            ("audio_seconds", { $0.audioSeconds }, { String($0.audioSeconds) }),
            ("characters", { Double($0.characters) }, { String($0.characters) }),
            ("images", { Double($0.images) }, { String($0.images) }),
            ("duration_ms", { isTimed && $0.durationMs != nil ? 1 : 0 }, { Self.milliseconds($0.durationMs) }),
            ("first_byte_ms", { isTimed && $0.firstByteMs != nil ? 1 : 0 }, { Self.milliseconds($0.firstByteMs) }),
            ("cost", { _ in 1 }, { Self.text($0.cost) }),
            (
                "would_cost", { $0.compared == nil ? 0 : 1 },
                { row in
                    row.compared.map { Self.text([$0.currency: $0.cost]) } ?? ""
                }
            ),
        ]
        // Columns that are nothing throughout tell nothing.
        return all.filter { unit in rows.isEmpty || rows.contains { unit.1($0) != 0 } }.map { ($0.0, $0.2) }
    }

    private static func milliseconds(_ value: Double?) -> String { value.map { String(Int($0.rounded())) } ?? "-" }

    private static func text(_ cost: [String: Double]) -> String {
        cost.isEmpty ? "-" : cost.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: " + ")
    }

    /// Lines of cells, the first with the names.
    func cells(none: String) -> [[String]] {
        let units = units
        return [by + units.map(\.title)]
            + rows.map { row in by.map { (row.labels[$0] ?? nil) ?? none } + units.map { $0.value(row) } }
    }

    /// Comma-separated values (RFC 4180).
    var csv: String {
        cells(none: "").map { line in
            line.map { cell in
                cell.contains { ",\"\n\r".contains($0) } ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
            }.joined(separator: ",")
        }.joined(separator: "\r\n")
    }
}
