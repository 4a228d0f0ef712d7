internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore
internal import RoundhouseWorkers

/// `roundhouse check`: every problem of the files, and the models as they come out.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the files and report every problem; exit code 1 if there is an error.")

    @OptionGroup var folders: FolderOptions

    @Flag(help: "Print the report as JSON.")
    var json = false

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let data = folders.loader { _ in nil }.dataDirectory()
        let locator = EngineLocator(dataDirectory: data, environment: environment)
        let result = folders.loader { locator.problem(for: $0) }.load()
        let report = CheckReport(result)
        print(json ? try report.json() + "\n" : report.text(), terminator: "")
        if !report.ok { throw ExitCode(1) }
    }
}
