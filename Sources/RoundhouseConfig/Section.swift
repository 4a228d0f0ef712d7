internal import RoundhouseCore

/// Typed reading of one mapping. Every accessor returns nil for a key that is absent or empty, and for one that is
/// wrong, which it has reported then.
struct Section {
    /// The path of keys that leads here, `limits.`; empty at the top.
    let prefix: String
    let entries: [YAMLEntry]
    let location: SourceLocation?
    let problems: Problems

    init(prefix: String = "", entries: [YAMLEntry], location: SourceLocation?, problems: Problems) {
        self.prefix = prefix
        self.entries = entries
        self.location = location
        self.problems = problems
    }

    /// The entry of a key that has a value.
    func entry(_ key: String) -> YAMLEntry? {
        entries.first { $0.key == key && !$0.value.isNull }
    }

    /// The first of several names for one thing that is there.
    func entry(_ keys: [String]) -> YAMLEntry? {
        keys.lazy.compactMap { entry($0) }.first
    }

    /// Whether the entries come from environment variables, whose common beginning is `prefix`.
    private var isEnvironment: Bool { prefix.hasSuffix("_") }

    /// The key as a message names it: `server.port`, or the variable.
    func shown(_ key: String) -> String { prefix + (isEnvironment ? key.uppercased() : key) }

    func expected(_ what: String, _ entry: YAMLEntry, fix: String? = nil) {
        problems.error(
            entry.value.location ?? entry.location,
            "`\(shown(entry.key))` must be \(what), found \(entry.value.found)",
            fix: isEnvironment ? nil : fix)
    }

    private func convert<Result>(_ key: String, _ what: String, _ convert: (String) -> Result?) -> Result? {
        guard let entry = entry(key) else { return nil }
        if let text = entry.value.text, let result = convert(text) { return result }
        expected(what, entry, fix: "write, for example: \(example(of: what, key: key))")
        return nil
    }

    private func example(of what: String, key: String) -> String {
        switch what {
        case Units.durationForms: "\(key): 30s"
        case Units.sizeForms: "\(key): 32MiB"
        case "true or false": "\(key): true"
        case "text": "\(key): \"text\""
        default: "\(key): 1"
        }
    }

    func text(_ key: String) -> String? { convert(key, "text") { $0.isEmpty ? nil : $0 } }

    func bool(_ key: String) -> Bool? {
        convert(key, "true or false") { text in
            switch text.lowercased() {
            case "true", "yes", "on": true
            case "false", "no", "off": false
            default: nil
            }
        }
    }

    func duration(_ key: String) -> Duration? { convert(key, Units.durationForms, Units.duration) }

    func bytes(_ key: String) -> Int? { convert(key, Units.sizeForms, Units.bytes) }

    /// A whole number in a range; `fix` says what to do about one outside of it.
    func int(_ key: String, _ range: ClosedRange<Int>, fix: String? = nil) -> Int? {
        guard let entry = entry(key) else { return nil }
        guard let text = entry.value.text, let number = Int(text) else {
            expected("a whole number", entry, fix: fix ?? "write, for example: \(key): \(max(range.lowerBound, 1))")
            return nil
        }
        guard range.contains(number) else {
            let bounds =
                range.upperBound >= Int(Int32.max)
                ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            expected("a whole number, \(bounds)", entry, fix: fix)
            return nil
        }
        return number
    }

    func number(_ key: String, atLeast lowest: Double) -> Double? {
        guard let entry = entry(key) else { return nil }
        guard let text = entry.value.text, let number = Double(text), number.isFinite, number >= lowest else {
            expected("a number, \(lowest) or more", entry)
            return nil
        }
        return number
    }

    /// One of some words; `shown` are those that a message names.
    func word(_ key: String, _ words: [String], shown: [String]? = nil) -> String? {
        guard let entry = entry(key) else { return nil }
        if let text = entry.value.text?.lowercased(), words.contains(text) { return text }
        let shown = shown ?? words
        let nearest = entry.value.text.flatMap { NearestName.among(shown, of: $0, limit: 1).first }
        expected("one of \(shown.joined(separator: ", "))", entry, fix: nearest.map { "did you mean `\($0)`?" })
        return nil
    }

    /// A list of texts with their places; a single text counts as a list of one.
    func texts(_ key: String) -> [(text: String, location: SourceLocation?)]? {
        guard let entry = entry(key) else { return nil }
        var items: [YAMLValue] = []
        switch entry.value.content {
        case .scalar: items = [entry.value]
        case .list(let values): items = values
        case .mapping: break
        }
        let texts = items.compactMap { item in item.text.map { (text: $0, location: item.location ?? entry.location) } }
        var isList = true
        if case .mapping = entry.value.content { isList = false }
        guard isList, texts.count == items.count else {
            expected("a list of texts", entry, fix: "write, for example: \(key): [one, two]")
            return nil
        }
        return texts
    }

    /// The mapping below a key.
    func section(_ key: String) -> Section? {
        guard let entry = entry(key) else { return nil }
        guard case .mapping(let entries) = entry.value.content else {
            expected(
                "a mapping", entry,
                fix: "write its keys on the lines below, indented by two spaces, or as `\(key): {key: value}`")
            return nil
        }
        return Section(prefix: "\(prefix)\(key).", entries: entries, location: entry.location, problems: problems)
    }

    /// Reports every key that is not among `known`; `advice` knows keys that other programs use.
    func rejectUnknown(known: [String], advice: (String) -> KeyAdvice? = { _ in nil }) {
        for entry in entries where !known.contains(entry.key) {
            if let advice = advice(entry.key) {
                if advice.isHarmless {
                    problems.warning(entry.location, advice.message, fix: advice.fix)
                } else {
                    problems.error(entry.location, advice.message, fix: advice.fix)
                }
                continue
            }
            let name = YAMLValue.shortened(entry.key)
            let nearest = NearestName.among(known, of: entry.key, limit: 1).first
            problems.error(
                entry.location, "unknown key `\(prefix)\(name)`",
                fix: nearest.map { "did you mean `\(prefix)\($0)`?" }
                    ?? "known keys\(prefix.isEmpty ? "" : " under `\(prefix.dropLast())`"): "
                    + known.joined(separator: ", "))
        }
    }
}
