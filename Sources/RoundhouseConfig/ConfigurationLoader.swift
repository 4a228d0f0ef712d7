internal import FoundationEssentials
public import RoundhouseCore

/// Reads `models/*.yaml` and `config/roundhouse.yaml` into a `Configuration`. Stateless: every `load` looks at the files
/// anew. It reads files and blocks while it does, so it is not for an event loop.
public struct ConfigurationLoader: Sendable {
    private let models: String
    private let config: String
    private let data: String?
    private let environment: [String: String]
    private let engineProblem: @Sendable (EngineProfile) -> String?

    /// A loader of these folders. Relative ones start at the working directory; `data` wins over the file.
    ///
    /// `engineProblem` says why an engine cannot be launched on this machine, nil if it can.
    public init(
        models: String, config: String, data: String?, environment: [String: String],
        engineProblem: @escaping @Sendable (EngineProfile) -> String?
    ) {
        self.models = models
        self.config = config
        self.data = data
        self.environment = environment
        self.engineProblem = engineProblem
    }

    /// Reads everything and collects every problem, not just the first.
    public func load() -> LoadResult {
        let problems = Problems()
        let here = FileManager.default.currentDirectoryPath
        var settings = GatewaySettings()
        readRoundhouseFile(&settings, problems)
        let reader = EnvironmentReader(environment: environment, problems: problems)
        reader.read(into: &settings)
        let models = readModels(problems)
        NameAudit.run(models, problems: problems)
        let keys = reader.keys()
        guard !problems.refusesStart else {
            return LoadResult(configuration: nil, problems: problems.all, environmentKeys: keys)
        }
        if case .file(let path) = settings.accessLog {
            settings.accessLog = .file(FileFinder.absolute(path, in: here))
        }
        let configuration = Configuration(
            server: settings.server, models: models, accessLog: settings.accessLog,
            dataDirectory: FileFinder.absolute(data ?? settings.data ?? "data", in: here),
            keysFile: FileFinder.absolute("\(config)/keys.yaml", in: here))
        return LoadResult(configuration: configuration, problems: problems.all, environmentKeys: keys)
    }

    /// The absolute data folder that a load would come to: for whoever must look for installed engines in it before.
    /// Problems in the file are left to `load`.
    public func dataDirectory() -> String {
        var settings = GatewaySettings()
        readRoundhouseFile(&settings, Problems())
        return FileFinder.absolute(data ?? settings.data ?? "data", in: FileManager.default.currentDirectoryPath)
    }

    private func readRoundhouseFile(_ settings: inout GatewaySettings, _ problems: Problems) {
        let folder = FileFinder.absolute(config, in: FileManager.default.currentDirectoryPath)
        let path = "\(folder)/roundhouse.yaml"
        let shown = FileFinder.shown(path)
        guard FileManager.default.fileExists(atPath: path) else {
            if FileManager.default.fileExists(atPath: "\(folder)/roundhouse.yml") {
                problems.error(
                    nil, "\(FileFinder.shown(folder))/roundhouse.yml is not read", fix: "rename it to roundhouse.yaml")
            }
            return
        }
        guard let documents = YAMLReader(problems: problems).documents(path: path, file: shown) else { return }
        for extra in documents.dropFirst() {
            problems.error(extra.location, "\(shown) holds more than one document", fix: "remove the line `---`")
        }
        if let first = documents.first { ServerParser(problems: problems).read(first, into: &settings) }
    }

    private func readModels(_ problems: Problems) -> [Model] {
        let folder = FileFinder.absolute(models, in: FileManager.default.currentDirectoryPath)
        let shown = FileFinder.shown(folder)
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            problems.error(
                nil, "the models folder \(shown) cannot be read: \(YAMLReader.reason(error))",
                fix: "create it, or name another with --models or ROUNDHOUSE_MODELS")
            return []
        }
        let files = names.filter { !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) }
        var engineAnswers: [String: String?] = [:]
        let parser = ModelParser(
            finder: FileFinder(modelsFolder: folder, shownFolder: shown), environment: environment, problems: problems
        ) { profile in
            if let known = engineAnswers[profile.name] { return known }
            let answer = engineProblem(profile)
            engineAnswers[profile.name] = .some(answer)
            return answer
        }
        var found: [Model] = []
        for file in files {
            let path = "\(folder)/\(file)"
            let documents = YAMLReader(problems: problems).documents(path: path, file: "\(shown)/\(file)") ?? []
            for document in documents {
                var entries = [document]
                if case .list(let items) = document.content { entries = items }
                found += entries.compactMap(parser.model)
            }
        }
        if found.isEmpty, !problems.refusesStart {
            problems.warning(
                nil, "there is no model in \(shown)",
                fix: "write a file \(shown)/NAME.yaml with `name`, `backend` and "
                    + "`parameters: {model: weights.gguf}`")
        }
        return found
    }
}
