internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore
internal import RoundhouseWorkers

/// `roundhouse engines`
struct Engines: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the engines that can be launched; install, try and remove them.",
        subcommands: [EnginesList.self, EnginesInstall.self, EnginesRemove.self, EnginesDoctor.self])

    /// The engine of a name, and its Python environment.
    static func find(_ name: String) throws -> (profile: EngineProfile, environment: String) {
        if let profile = EngineProfile.named(name), let environment = profile.launch?.environment {
            return (profile, environment)
        }
        let names = EngineProfile.all.filter { $0.launch?.environment != nil }.map(\.name).joined(separator: ", ")
        throw ValidationError("There is no engine `\(name)` to install. Known: \(names).")
    }

    /// The folder with what Roundhouse brings along for engines.
    static func folder() throws -> String {
        guard let folder = EnginesFolder.find(environment: ProcessInfo.processInfo.environment) else {
            throw CommandFailure(EnginesFolder.missing)
        }
        return folder
    }
}

/// `roundhouse engines list`
struct EnginesList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the engines, and what of them is on this machine.")

    @OptionGroup var folders: FolderOptions
    @Flag(help: "Print what each engine serves, as a table in Markdown, in place of what is on this machine.")
    var markdown = false

    func run() throws {
        if markdown {
            print(EngineMatrix.markdown, terminator: "")
            return
        }
        let data = folders.loader().dataDirectory()
        let engines = try Engines.folder()
        let locator = EngineLocator(dataDirectory: data, environment: ProcessInfo.processInfo.environment)
        let rows = EngineProfile.all.map { profile -> [String] in
            let installed = profile.launch?.environment.flatMap {
                InstalledEngine($0, dataDirectory: data, enginesDirectory: engines)
            }
            var state = profile.canLaunch ? locator.problem(for: profile) ?? "ready" : "needs an endpoint"
            if let installed, !installed.isCurrent { state = "outdated: roundhouse engines install \(profile.name)" }
            return [
                profile.name, profile.synonyms.joined(separator: ", "), installed?.packages.first ?? "-",
                installed.map { "\($0.bytes >> 20) MB" } ?? "-", installed?.python ?? "-", state,
            ]
        }
        print(Terminal.table([["ENGINE", "ALSO CALLED", "VERSION", "SIZE", "PYTHON", "STATE"]] + rows))
    }
}

/// `roundhouse engines install`
struct EnginesInstall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install an engine into a private Python environment under the data folder.",
        discussion:
            "Does nothing if it is there in the right version. Needs Python 3.11 or newer (3.10 for llama-cpp), and PyPI or a mirror, or a folder of wheels."
    )

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Name of the engine; `roundhouse engines list` has them.")
    var engine: String
    @Option(help: "The Python to make the environment with.")
    var python = "python3"
    @Option(help: "A folder of wheels to install from; no index is asked. `pip download -r` fills one.")
    var wheels: String?

    func run() async throws {
        let (profile, environment) = try Engines.find(engine)
        let installer = EngineInstaller(
            dataDirectory: folders.loader().dataDirectory(), enginesDirectory: try Engines.folder(),
            python: python, wheels: wheels)
        switch try await installer.install(environment, report: { Terminal.say($0) }) {
        case .alreadyInstalled: Terminal.say("\(profile.name) is installed.")
        case .installed: Terminal.say("\(profile.name) has been installed.")
        }
    }
}

/// `roundhouse engines remove`
struct EnginesRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove an engine that `install` has installed.")

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Name of the engine.")
    var engine: String

    func run() throws {
        let (profile, environment) = try Engines.find(engine)
        let installer = EngineInstaller(
            dataDirectory: folders.loader().dataDirectory(), enginesDirectory: try Engines.folder())
        guard try installer.remove(environment) else {
            throw CommandFailure("\(profile.name) is not installed in this data folder.")
        }
        Terminal.say("\(profile.name) has been removed.")
    }
}
