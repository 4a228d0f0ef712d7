internal import RoundhouseCore

/// Finds names and aliases that two models or routes claim.
enum NameAudit {
    /// Reports every claim but the first, at its own place and naming the other.
    static func run(_ found: FoundModels, problems: Problems) {
        var owners: [String: (name: String, source: SourceLocation)] = [:]
        let entries =
            found.models.map { (names: [$0.name] + $0.aliases, source: $0.source) }
            + found.routes.map { (names: [$0.name] + $0.aliases, source: $0.source) }
        for entry in entries {
            for (index, name) in entry.names.enumerated() {
                guard let owner = owners[name] else {
                    owners[name] = (entry.names[0], entry.source)
                    continue
                }
                let place = "\(owner.source.file):\(owner.source.line)"
                let kind = index == 0 ? "name" : "alias"
                let other = owner.name == name ? "name" : "alias"
                problems.error(
                    entry.source, "the \(kind) `\(name)` is already the \(other) of a model at \(place)",
                    fix: "rename one of them: clients could not say which they mean")
            }
        }
    }
}
