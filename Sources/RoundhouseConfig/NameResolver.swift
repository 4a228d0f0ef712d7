internal import RoundhouseCore

/// Turns the patterns of an allowlist into patterns over models' own names, which is what requests are judged by.
struct NameResolver {
    private let found: FoundModels
    private let owners: [String: String]
    private let problems: Problems

    init(_ found: FoundModels, problems: Problems) {
        self.found = found
        self.problems = problems
        var owners: [String: String] = [:]
        for model in found.models {
            for name in [model.name] + model.aliases where owners[name] == nil { owners[name] = model.name }
        }
        self.owners = owners
    }

    /// The list with each alias replaced by its model, and with the models added whose alias a `*` pattern matches.
    /// - Parameter key: what the list is called where it stands, `teams.research.models`.
    func resolve(_ patterns: [LocatedText], of key: String) -> NamePatterns {
        var result: [String] = []
        func add(_ name: String) { if !result.contains(name) { result.append(name) } }
        for (text, location) in patterns {
            guard text.contains("*") else {
                if let owner = owners[text] { add(owner) } else { report(text, location, key) }
                continue
            }
            add(text)
            let one = NamePatterns([text])
            let byAlias = found.models.filter { $0.aliases.contains(where: one.matches) && !one.matches($0.name) }
            byAlias.map(\.name).forEach(add)
            if byAlias.isEmpty, found.isComplete, !found.names.contains(where: one.matches) {
                problems.warning(
                    location, "`\(text)` in `\(key)` matches no model",
                    fix: nearest(to: text.filter { $0 != "*" }) ?? "remove it, if no such model is to come")
            }
        }
        return NamePatterns(result)
    }

    private func report(_ text: String, _ location: SourceLocation?, _ key: String) {
        // A model that has mistakes of its own is there; one in a file that cannot be read may be.
        if let route = found.routes.first(where: { $0.name == text || $0.aliases.contains(text) }) {
            problems.error(
                location,
                "`\(text)` in `\(key)` is a route; what may be used is decided by the models that serve in the end",
                fix: "name them: \(route.targets.isEmpty ? "model names" : route.targets.joined(separator: ", "))")
            return
        }
        guard found.isComplete, !found.names.contains(text) else { return }
        let names = found.names.sorted()
        problems.error(
            location, "`\(YAMLValue.shortened(text))` in `\(key)` is neither a model nor an alias",
            fix: nearest(to: text)
                ?? (names.isEmpty ? "there is no model at all" : "known: \(names.prefix(20).joined(separator: ", "))"))
    }

    private func nearest(to text: String) -> String? {
        NearestName.among(found.names.sorted(), of: text, limit: 1).first.map { "did you mean `\($0)`?" }
    }
}
