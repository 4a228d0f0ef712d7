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
        guard profile.canLaunch else { return nil }
        do {
            _ = try llamaServer()
            return nil
        } catch let missing {
            return missing.message
        }
    }

    func llamaServer() throws(EngineMissing) -> LlamaServer {
        if let named = environment["ROUNDHOUSE_LLAMA_SERVER"], !named.isEmpty {
            guard isProgram(named) else {
                throw EngineMissing("ROUNDHOUSE_LLAMA_SERVER names \(named), which is not a program.")
            }
            return .program(named)
        }
        for folder in (environment["PATH"] ?? "").split(separator: ":") {
            let candidate = "\(folder)/llama-server"
            if folder.hasPrefix("/"), isProgram(candidate) { return .program(candidate) }
        }
        let python = EngineInstaller.python(of: "llama-cpp", dataDirectory: dataDirectory)
        guard isProgram(python) else {
            throw EngineMissing(
                "The engine llama-cpp is not installed. Run `roundhouse engines install llama-cpp`, or put llama-server on PATH."
            )
        }
        guard let enginesDirectory else { throw EngineMissing(EnginesFolder.missing) }
        return .wheel(python: python, script: enginesDirectory + "/llama-cpp/serve.py")
    }

    /// Folders are executable too, and a checkout of llama.cpp may well have this name.
    private func isProgram(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// The command for a model's engine.
    public func command(for model: Model, socket: String) throws -> EngineCommand {
        guard case .launched(let settings) = model.placement else {
            throw EngineMissing("\(model.name) is not launched by Roundhouse.")
        }
        return LlamaCppCommand(settings: settings, alias: model.upstreamName, socket: socket)
            .command(for: try llamaServer(), environment: EngineEnvironment.scrubbed(environment))
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
