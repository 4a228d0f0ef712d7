internal import FoundationEssentials
internal import RoundhouseCore

/// Reads all files of the models folder.
struct ModelsReader {
    /// The folder, absolute.
    let folder: String
    let environment: [String: String]
    let machine: MachineFacts
    let problems: Problems

    private var shown: String { FileFinder.shown(folder) }

    /// The entries of all files, in order, not yet judged, and what they mention.
    func documents() -> (entries: [YAMLValue], found: FoundModels) {
        var found = FoundModels()
        var all: [YAMLValue] = []
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            problems.error(
                nil, "the models folder \(shown) cannot be read: \(YAMLReader.reason(error))",
                fix: "create it, or name another with --models or ROUNDHOUSE_MODELS")
            found.isComplete = false
            return ([], found)
        }
        for file in names where ConfigurationFiles.isModelFile(file) {
            let reader = YAMLReader(problems: problems)
            guard let documents = reader.documents(path: "\(folder)/\(file)", file: "\(shown)/\(file)") else {
                found.isComplete = false
                continue
            }
            for document in documents {
                var entries = [document]
                if case .list(let items) = document.content { entries = items }
                for entry in entries { found.scan(entry, modelsFolder: folder) }
                all += entries
            }
        }
        return (all, found)
    }

    /// Puts into `found` what these entries describe.
    func read(_ entries: [YAMLValue], into found: inout FoundModels) {
        let routeParser = RouteParser(names: EntryNames(problems: problems), problems: problems)
        found.routes = entries.filter(RouteParser.isRoute).compactMap { routeParser.route($0, shownFolder: shown) }
        found.models = models(entries.filter { !RouteParser.isRoute($0) })
    }

    private func models(_ entries: [YAMLValue]) -> [Model] {
        var engineAnswers: [String: String?] = [:]
        let parser = ModelParser(
            finder: FileFinder(modelsFolder: folder, shownFolder: shown), environment: environment, problems: problems,
            knowsTools: machine.knowsTools
        ) { profile in
            if let known = engineAnswers[profile.name] { return known }
            let answer = machine.engineProblem(profile)
            engineAnswers[profile.name] = .some(answer)
            return answer
        }
        let models = entries.compactMap(parser.model)
        if models.isEmpty, !problems.refusesStart {
            problems.warning(
                nil, "there is no model in \(shown)",
                fix: "write a file \(shown)/NAME.yaml with `name`, `backend` and "
                    + "`parameters: {model: weights.gguf}`")
        }
        return models
    }
}
