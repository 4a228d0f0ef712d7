internal import RoundhouseCore

/// A key as it was written.
struct KeyEntry {
    /// The key; its `models` are patterns that were not yet compared with the models.
    var key: APIKey
    var rights: Rights
    /// Where the entry stands.
    var location: SourceLocation?
    /// Where its team stands.
    var teamLocation: SourceLocation?
}

/// Reads the documents of `config/keys.yaml`.
struct KeyParser {
    let problems: Problems

    /// All keys; one with a mistake in it is reported and left out.
    func keys(_ documents: [YAMLValue]) -> [KeyEntry] {
        let keys = documents.flatMap(entries).compactMap(key)
        for (index, entry) in keys.enumerated() {
            let (id, hash) = (entry.key.id, entry.key.hash)
            if let other = keys[..<index].first(where: { $0.key.id == id || $0.key.hash == hash }) {
                problems.error(
                    entry.location, "the keys `\(other.key.id)` and `\(id)` have the same id or the same secret",
                    fix: "remove one of them")
            }
        }
        return keys
    }

    private func entries(_ value: YAMLValue) -> [YAMLValue] {
        switch value.content {
        case .list(let entries): return entries
        case .mapping: return [value]
        case .scalar:
            problems.error(
                value.location, "expected a list of keys", fix: "make keys with `roundhouse keys create NAME`")
            return []
        }
    }

    private func key(_ value: YAMLValue) -> KeyEntry? {
        guard case .mapping(let entries) = value.content else {
            problems.error(
                value.location, "expected a key like {id: name, class: inference, sha256: ...}",
                fix: "make keys with `roundhouse keys create NAME`")
            return nil
        }
        let section = Section(entries: entries, location: value.location, problems: problems)
        section.rejectUnknown(known: KnownKeys.apiKey)
        // A key whose end or team was deleted must not come to mean more than it did.
        section.rejectEmpty(["team", "class", "expires"])
        guard let id = section.text("id"), APIKey.isValid(id: id) else {
            problems.error(
                value.location, "a key needs an `id` of lower-case letters, digits and dashes",
                fix: "make keys with `roundhouse keys create NAME`")
            return nil
        }
        guard let hash = section.text("sha256").flatMap({ KeyHash(hex: $0) }) else {
            problems.error(
                value.location, "the key `\(id)` needs `sha256` with 64 hexadecimal digits",
                fix: "remove the entry, and make the key anew: roundhouse keys create \(id)")
            return nil
        }
        let words = KeyClass.allCases.map(\.rawValue)
        let keyClass = section.entry("class") == nil ? "inference" : section.word("class", words)
        guard let keyClass = keyClass.flatMap(KeyClass.init(rawValue:)) else { return nil }
        let rights = Rights(section)
        var key = APIKey(
            id: id, team: team(of: id, section), keyClass: keyClass, hash: hash, expires: expiry(of: id, section))
        key.models = rights.patterns.map { NamePatterns($0.map(\.text)) }
        key.limits = rights.limits
        key.budget = rights.budget
        key.localOnly = rights.localOnly
        key.priority = rights.priority
        return KeyEntry(
            key: key, rights: rights, location: value.location, teamLocation: section.entry("team")?.location)
    }

    private func team(of id: String, _ section: Section) -> String? {
        guard let team = section.text("team") else { return nil }
        if !Team.isValid(name: team) {
            problems.error(
                section.entry("team")?.location, "`team` of the key `\(id)` is no name for a team",
                fix: "use letters, digits, dashes, underscores and dots, at most 64")
        }
        return team
    }

    private func expiry(of id: String, _ section: Section) -> Int64? {
        guard let text = section.text("expires") else { return nil }
        let expires = KeyExpiry.seconds(text)
        if expires == nil {
            problems.error(
                section.entry("expires")?.location,
                "`expires` of the key `\(id)` must be a day or a time, found `\(YAMLValue.shortened(text))`",
                fix: "write, for example, expires: 2027-01-01, or expires: 2027-01-01T18:00:00Z")
        }
        return expires
    }
}
