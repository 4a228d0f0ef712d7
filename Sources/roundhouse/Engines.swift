internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore
internal import RoundhouseWorkers

/// `roundhouse engines`
struct Engines: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the engines that can be launched, and install them.",
        subcommands: [EnginesList.self, EnginesInstall.self])
}

/// `roundhouse engines list`
struct EnginesList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the engines and whether they are on this machine.")

    @OptionGroup var folders: FolderOptions

    func run() throws {
        let data = folders.loader { _ in nil }.dataDirectory()
        let locator = EngineLocator(dataDirectory: data, environment: ProcessInfo.processInfo.environment)
        let rows = EngineProfile.all.map { profile -> [String] in
            let state = profile.canLaunch ? locator.problem(for: profile) ?? "ready" : "needs an endpoint"
            return [profile.name, profile.synonyms.joined(separator: ", "), state]
        }
        print(Terminal.table([["ENGINE", "ALSO CALLED", "STATE"]] + rows))
    }
}

/// `roundhouse engines install`
struct EnginesInstall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install an engine into a private Python environment under the data folder.",
        discussion:
            "Does nothing if it is there in the right version. Needs Python 3.10 or newer, and PyPI or a mirror.")

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Name of the engine: llama-cpp.")
    var engine: String
    @Option(help: "The Python to make the environment with.")
    var python = "python3"

    func run() async throws {
        guard let profile = EngineProfile.named(engine), profile.canLaunch else {
            let names = EngineProfile.all.filter(\.canLaunch).map(\.name).joined(separator: ", ")
            throw ValidationError("There is no engine `\(engine)` to install. Known: \(names).")
        }
        let environment = ProcessInfo.processInfo.environment
        guard let folder = EnginesFolder.find(environment: environment) else {
            throw CommandFailure(EnginesFolder.missing)
        }
        let installer = EngineInstaller(
            dataDirectory: folders.loader { _ in nil }.dataDirectory(), enginesDirectory: folder, python: python)
        switch try await installer.install(profile.name, report: { Terminal.say($0) }) {
        case .alreadyInstalled: Terminal.say("\(profile.name) is installed.")
        case .installed: Terminal.say("\(profile.name) has been installed.")
        }
    }
}
