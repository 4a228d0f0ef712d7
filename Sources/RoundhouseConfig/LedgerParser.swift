internal import RoundhouseCore

/// Reads `ledger` of `config/roundhouse.yaml`: a word, or a mapping.
struct LedgerParser {
    static let words = ["on", "off", "required"]
    let problems: Problems

    /// The file's `ledger`.
    func read(_ top: Section, into ledger: inout LedgerSettings) {
        guard let entry = top.entry("ledger") else { return }
        guard case .mapping = entry.value.content, let section = top.section("ledger") else {
            readMode("ledger", top, into: &ledger)
            return
        }
        section.rejectUnknown(known: KnownKeys.ledger)
        readMode("mode", section, into: &ledger)
        readRetention(section, into: &ledger)
    }

    /// Whether there is a ledger, from the file or the environment.
    func readMode(_ key: String, _ section: Section, into ledger: inout LedgerSettings) {
        guard let word = section.word(key, Self.words + ["true", "false", "yes", "no"], shown: Self.words) else {
            return
        }
        ledger.isEnabled = !["off", "false", "no"].contains(word)
        ledger.isRequired = word == "required"
    }

    /// How long single records are kept, from the file or the environment.
    func readRetention(_ section: Section, into ledger: inout LedgerSettings) {
        guard let entry = section.entry("retention") else { return }
        guard let text = entry.value.text, let duration = Units.duration(text),
            duration.components.seconds % 86_400 == 0, (1...36_500).contains(duration.components.seconds / 86_400)
        else {
            section.expected("whole days, 1d or more", entry, fix: "write, for example: retention: 30d")
            return
        }
        ledger.retentionDays = Int(duration.components.seconds / 86_400)
    }
}
