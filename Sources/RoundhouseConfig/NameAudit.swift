internal import RoundhouseCore

/// Finds names and aliases that two models claim.
enum NameAudit {
    /// Reports every claim but the first, at its own place and naming the other.
    static func run(_ models: [Model], problems: Problems) {
        var owners: [String: Model] = [:]
        for model in models {
            for (index, name) in ([model.name] + model.aliases).enumerated() {
                guard let owner = owners[name] else {
                    owners[name] = model
                    continue
                }
                let place = "\(owner.source.file):\(owner.source.line)"
                let kind = index == 0 ? "name" : "alias"
                let other = owner.name == name ? "name" : "alias"
                problems.error(
                    model.source, "the \(kind) `\(name)` is already the \(other) of a model at \(place)",
                    fix: "rename one of them: clients could not say which they mean")
            }
        }
    }
}
