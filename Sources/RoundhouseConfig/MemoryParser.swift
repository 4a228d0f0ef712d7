internal import RoundhouseCore

/// Reads `memory:` of `config/roundhouse.yaml`, or what the environment says in its place.
struct MemoryParser {
    /// Takes the keys of a section into `settings`.
    func read(_ section: Section, into settings: inout MemorySettings) {
        settings.budget = amount("budget", section) ?? settings.budget
        settings.gpuBudget = amount("gpu_budget", section) ?? settings.gpuBudget
        settings.maxLoaded =
            section.int("max_loaded", 1...Section.many, fix: "leave the key out for any number") ?? settings.maxLoaded
    }

    private func amount(_ key: String, _ section: Section) -> MemorySettings.Amount? {
        guard let entry = section.entry(key) else { return nil }
        let text = entry.value.text?.lowercased() ?? ""
        if ["off", "false", "no", "unlimited"].contains(text) { return .unlimited }
        if text.hasSuffix("%"), let percent = Double(text.dropLast()), percent > 0, percent <= 100 {
            return .percent(percent)
        }
        if !text.hasSuffix("%"), let bytes = Units.bytes(text), bytes > 0 { return .bytes(bytes) }
        section.expected(
            "a part such as 80%, \(Units.sizeForms), or off", entry, fix: "write, for example: \(key): 80%")
        return nil
    }
}
