internal import RoundhouseCore

/// What the models folder holds.
struct FoundModels {
    /// The models that could be read.
    var models: [Model] = []
    /// The routes that could be read.
    var routes: [ModelRoute] = []
    /// Names and aliases of all entries, also of those with mistakes in them.
    var names: Set<String> = []
    /// Whether every file could be read as YAML: otherwise nobody can say that a name is missing.
    var isComplete = true
    /// Files of credentials that the entries name, absolute.
    var keyFiles: [String] = []

    /// Notes the names and files that an entry mentions, before anything of it is judged.
    mutating func scan(_ entry: YAMLValue, modelsFolder: String) {
        guard case .mapping(let entries) = entry.content else { return }
        for entry in entries {
            switch (entry.key, entry.value.content) {
            case ("name", _), ("aliases", .scalar): if let text = entry.value.text { names.insert(text) }
            case ("aliases", .list(let items)): names.formUnion(items.compactMap(\.text))
            case ("api_key_file", .scalar):
                if let text = entry.value.text { keyFiles.append(FileFinder.absolute(text, in: modelsFolder)) }
            default: break
            }
        }
    }
}
