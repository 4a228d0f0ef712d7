public import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

/// Finds engines on this machine and knows how to start them. An engine that the operator named or that is on PATH wins
/// over the one that `roundhouse engines install` has put into a private environment.
public struct EngineLocator: EngineCommandProvider {
    private let dataDirectory: String
    private let environment: [String: String]
    private let enginesDirectory: String?

    /// A locator.
    /// - Parameters:
    ///   - dataDirectory: absolute path of the folder that engines are installed in.
    ///   - environment: of this process.
    public init(dataDirectory: String, environment: [String: String]) {
        self.dataDirectory = dataDirectory
        self.environment = environment
        enginesDirectory = EnginesFolder.find(environment: environment)
    }

    /// How llama.cpp's server can be had here.
    enum LlamaServer: Equatable {
        /// The program itself.
        case program(String)
        /// The server in the wheel: a Python and the script that runs it.
        case wheel(python: String, script: String)
    }

    /// Why an engine cannot be started on this machine, as a sentence that says what to do; nil if it can.
    public func problem(for profile: EngineProfile) -> String? {
        guard let launch = profile.launch, launch.program != .command else { return nil }
        do {
            _ = try program(of: launch, engine: profile.name)
            return nil
        } catch let missing {
            return missing.message
        }
    }

    func llamaServer() throws(EngineMissing) -> LlamaServer {
        if let named = environment["ROUNDHOUSE_LLAMA_SERVER"], !named.isEmpty {
            guard Self.isProgram(named) else {
                throw EngineMissing("ROUNDHOUSE_LLAMA_SERVER names \(named), which is not a program.")
            }
            return .program(named)
        }
        if let found = onPath("llama-server") { return .program(found) }
        guard let python = python("llama-cpp") else {
            throw EngineMissing(
                "The engine llama-cpp is not installed. Run `roundhouse engines install llama-cpp`, or put llama-server on PATH."
            )
        }
        return .wheel(python: python, script: try script("llama-cpp"))
    }

    /// The program that starts an engine, and its first arguments.
    private func program(of launch: EngineLaunch, engine: String) throws(EngineMissing) -> [String] {
        for requirement in launch.requirements where onPath(requirement.program) == nil {
            throw EngineMissing("The program \(requirement.program) is not on PATH (\(requirement.hint)).")
        }
        switch launch.program {
        case .llamaServer:
            switch try llamaServer() {
            case .program(let path): return [path]
            case .wheel(let python, let script): return [python, script]
            }
        case .command: return []
        case .script(let folder): return [try installed(launch, engine), try script(folder)]
        case .module(let module): return [try installed(launch, engine), "-m", module]
        }
    }

    /// The Python of an engine's environment.
    private func installed(_ launch: EngineLaunch, _ engine: String) throws(EngineMissing) -> String {
        guard let python = python(launch.environment ?? engine) else {
            throw EngineMissing("The engine \(engine) is not installed. Run `roundhouse engines install \(engine)`.")
        }
        return python
    }

    /// The Python of an environment, if that was installed to its end.
    private func python(_ environment: String) -> String? {
        let folder = EngineInstaller.folder(of: environment, dataDirectory: dataDirectory)
        let path = EngineInstaller.python(of: environment, dataDirectory: dataDirectory)
        return Self.isProgram(path) && access("\(folder)/\(EngineInstaller.stamp)", R_OK) == 0 ? path : nil
    }

    private func script(_ folder: String) throws(EngineMissing) -> String {
        guard let enginesDirectory else { throw EngineMissing(EnginesFolder.missing) }
        return "\(enginesDirectory)/\(folder)/serve.py"
    }

    private func onPath(_ name: String) -> String? {
        for folder in (environment["PATH"] ?? "").split(separator: ":") {
            let candidate = "\(folder)/\(name)"
            if folder.hasPrefix("/"), Self.isProgram(candidate) { return candidate }
        }
        return nil
    }

    /// Folders are executable too, and a checkout of llama.cpp may well have this name.
    static func isProgram(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// The command for a model's engine.
    public func command(for model: Model, address: UpstreamAddress) throws -> EngineCommand {
        guard case .launched(let settings) = model.placement, let launch = model.profile.launch else {
            throw EngineMissing("\(model.name) is not launched by Roundhouse.")
        }
        var variables = EngineEnvironment.scrubbed(environment)
        if launch.program == .llamaServer, case .unix(let socket) = address {
            return LlamaCppCommand(settings: settings, alias: model.upstreamName, socket: socket)
                .command(for: try llamaServer(), environment: variables)
        }
        // What the operator has set for the gateway wins.
        variables.merge(launch.variables) { own, _ in own }
        let arguments = EngineArguments(
            settings: settings, name: model.name, address: address,
            files: "\(dataDirectory)/files/\(model.name.fileName)")
        var words = try program(of: launch, engine: model.profile.name)
        if launch.program == .command {
            words = settings.command.map(arguments.filled)
            guard let first = words.first else { throw EngineMissing("\(model.name) has an empty `command`.") }
            guard let found = first.contains("/") ? first : onPath(first), Self.isProgram(found) else {
                throw EngineMissing(
                    "`command` of \(model.name) names \(first), which is not a program on this machine.")
            }
            words[0] = found
        }
        return EngineCommand(
            program: words[0], arguments: words.dropFirst() + arguments.arguments(of: launch), environment: variables)
    }
}

/// The environment that an engine gets.
enum EngineEnvironment {
    /// Everything but what is no business of an engine: Roundhouse's own settings, credentials of any kind, and variables
    /// that llama.cpp reads as arguments. Engines must not fetch anything by themselves.
    static func scrubbed(_ environment: [String: String]) -> [String: String] {
        var kept = environment.filter { name, value in
            let upper = name.uppercased()
            let isSecret =
                ["KEY", "TOKEN", "SECRET", "PASSW", "CREDENTIAL"].contains { upper.contains($0) }
                || (value.contains("://") && value.contains("@"))
            return !isSecret && !["ROUNDHOUSE_", "LLAMA_ARG_", "LOCALAI_"].contains { upper.hasPrefix($0) }
        }
        kept["HF_HUB_OFFLINE"] = "1"
        kept["PYTHONUNBUFFERED"] = "1"
        kept["PYTHONDONTWRITEBYTECODE"] = "1"
        return kept
    }
}
