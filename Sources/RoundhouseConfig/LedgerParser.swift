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
        ledger.retentionDays = section.days("retention") ?? ledger.retentionDays
    }
}
