internal import FoundationEssentials
public import RoundhouseCore

/// Reads `models/*.yaml`, `config/roundhouse.yaml` and `config/keys.yaml` into a `Configuration` and its keys. Stateless:
/// every `load` looks at the files anew. It reads files and blocks while it does, so it is not for an event loop.
public struct ConfigurationLoader: Sendable {
    private let models: String
    private let config: String
    private let data: String?
    private let environment: [String: String]
    private let machine: MachineFacts

    /// A loader of these folders. Relative ones start at the working directory; `data` wins over the file.
    public init(
        models: String, config: String, data: String?, environment: [String: String],
        machine: MachineFacts = MachineFacts()
    ) {
        let here = FileManager.default.currentDirectoryPath
        self.models = FileFinder.absolute(models, in: here)
        self.config = FileFinder.absolute(config, in: here)
        self.data = data
        self.environment = environment
        self.machine = machine
    }

    /// Reads everything and collects every problem, not just the first.
    public func load() -> LoadResult {
        let problems = Problems()
        let folders = ConfigurationFiles.fingerprint(models: models, config: config)
        let settings = readSettings(problems)
        let reader = modelsReader(problems)
        var (entries, found) = reader.documents()
        let tls = TLSParser(folder: config, problems: problems)
        let watched = tls.paths(settings.tls) + found.keyFiles
        let fingerprint = folders.adding(watched)
        reader.read(entries, into: &found)
        NameAudit.run(found, problems: problems)
        LoopAudit(server: settings.server, problems: problems).run(&found.models)
        let pair = tls.files(settings.tls)
        let keyEntries = keysFile.entries(problems)
        let audit = RightsAudit(found: found, isOffline: settings.isOffline, problems: problems)
        audit.house(settings.offlineLocation)
        let teams = audit.teams(settings.teams)
        let keys = audit.keys(keyEntries, teams: teams, knowsTeams: settings.knowsTeams)
        RouteAudit(found: found, problems: problems).run(teams: teams)
        var result = LoadResult(configuration: nil, problems: problems.all, environmentKeys: environmentKeys(problems))
        result.watchedFiles = watched
        result.fingerprint = fingerprint
        guard !problems.refusesStart else { return result }
        result.keys = keys
        result.configuration = configuration(settings, found, teams: teams, tls: pair)
        return result
    }

    /// What would be wrong with one more key: a team or a model that is not there, a budget that counts nothing. Problems of
    /// the files themselves are left to `load`.
    public func problems(ofNew key: APIKey) -> [Problem] {
        let silent = Problems()
        let settings = readSettings(silent)
        let reader = modelsReader(silent)
        var (entries, found) = reader.documents()
        reader.read(entries, into: &found)
        let teams = RightsAudit(found: found, isOffline: settings.isOffline, problems: silent).teams(settings.teams)
        let problems = Problems()
        let audit = RightsAudit(found: found, isOffline: settings.isOffline, problems: problems)
        let entry = KeyEntry(key: key, rights: Rights(key), location: nil, teamLocation: nil)
        _ = audit.keys([entry], teams: teams, knowsTeams: settings.knowsTeams)
        return problems.all
    }

    /// The absolute data folder that a load would come to: for whoever must look for installed engines in it before.
    /// Problems in the file are left to `load`.
    public func dataDirectory() -> String { absolute(data ?? readSettings(Problems()).data ?? "data") }

    private var keysFile: KeysFile {
        KeysFile(path: "\(config)/keys.yaml", shown: FileFinder.shown("\(config)/keys.yaml"))
    }

    private func absolute(_ path: String) -> String {
        FileFinder.absolute(path, in: FileManager.default.currentDirectoryPath)
    }

    private func modelsReader(_ problems: Problems) -> ModelsReader {
        ModelsReader(folder: models, environment: environment, machine: machine, problems: problems)
    }

    private func environmentKeys(_ problems: Problems) -> [Secret] {
        EnvironmentReader(environment: environment, problems: problems).keys()
    }

    private func configuration(
        _ settings: GatewaySettings, _ found: FoundModels, teams: [Team], tls: TLSFiles?
    ) -> Configuration {
        var accessLog = settings.accessLog
        if case .file(let path) = accessLog { accessLog = .file(absolute(path)) }
        var configuration = Configuration(
            server: settings.server, models: found.models, accessLog: accessLog,
            dataDirectory: absolute(data ?? settings.data ?? "data"), keysFile: keysFile.path)
        configuration.server.tls = tls
        configuration.routes = found.routes
        configuration.teams = teams
        configuration.isOffline = settings.isOffline
        configuration.memory = settings.memory
        configuration.ledger = settings.ledger
        configuration.responses = settings.responses
        return configuration
    }

    /// What `config/roundhouse.yaml` says, and then the environment.
    private func readSettings(_ problems: Problems) -> GatewaySettings {
        var settings = GatewaySettings()
        readRoundhouseFile(&settings, problems)
        EnvironmentReader(environment: environment, problems: problems).read(into: &settings)
        return settings
    }

    private func readRoundhouseFile(_ settings: inout GatewaySettings, _ problems: Problems) {
        let path = "\(config)/roundhouse.yaml"
        let shown = FileFinder.shown(path)
        guard FileManager.default.fileExists(atPath: path) else {
            if FileManager.default.fileExists(atPath: "\(config)/roundhouse.yml") {
                problems.error(
                    nil, "\(FileFinder.shown(config))/roundhouse.yml is not read", fix: "rename it to roundhouse.yaml")
            }
            return
        }
        guard let documents = YAMLReader(problems: problems).documents(path: path, file: shown) else {
            settings.knowsTeams = false
            return
        }
        for extra in documents.dropFirst() {
            problems.error(extra.location, "\(shown) holds more than one document", fix: "remove the line `---`")
        }
        if let first = documents.first { ServerParser(problems: problems).read(first, into: &settings) }
    }
}
