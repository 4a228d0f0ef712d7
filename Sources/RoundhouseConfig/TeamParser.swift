internal import RoundhouseCore

/// A team as it was written.
struct TeamEntry {
    /// The team; its `models` are set when all models are known.
    var team: Team
    var rights: Rights
}

/// Reads `teams:` of `config/roundhouse.yaml`.
struct TeamParser {
    let problems: Problems

    /// The teams in the order of the file. One with a bad name is reported and kept, so that keys which name it are not
    /// reported as well.
    func teams(_ section: Section) -> [TeamEntry] {
        section.entries.map { entry in
            if !Team.isValid(name: entry.key) {
                problems.error(
                    entry.location, "`\(YAMLValue.shortened(entry.key))` is no name for a team",
                    fix: "use letters, digits, dashes, underscores and dots, at most 64")
            }
            let source = entry.location ?? SourceLocation(file: "", line: 1)
            var result = TeamEntry(team: Team(name: entry.key, source: source), rights: Rights())
            // `research:` alone is a team without limits.
            guard !entry.value.isNull, let team = section.section(entry.key) else { return result }
            team.rejectUnknown(known: Rights.keys, advice: advice)
            result.rights = Rights(team)
            result.team.limits = result.rights.limits
            result.team.budget = result.rights.budget
            result.team.localOnly = result.rights.localOnly
            result.team.priority = result.rights.priority
            return result
        }
    }

    private func advice(for key: String) -> KeyAdvice? {
        func belongs(_ section: String) -> KeyAdvice {
            KeyAdvice(
                message: "`\(key)` belongs under `\(section):`", fix: "\(section): {\(key): ...}", isHarmless: false)
        }
        if KnownKeys.rateLimits.contains(key) { return belongs("limits") }
        if KnownKeys.budget.contains(key) { return belongs("budget") }
        if key == "keys" || key == "members" {
            return KeyAdvice(
                message: "a team does not list its keys", fix: "roundhouse keys create NAME --team TEAM",
                isHarmless: false)
        }
        return nil
    }
}
