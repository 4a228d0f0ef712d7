internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore
internal import RoundhouseWorkers

/// `roundhouse check`: every problem of the files and of what they name, and the models as they come out.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the files and report every problem; exit code 1 if there is an error.")

    @OptionGroup var folders: FolderOptions

    @Flag(help: "Print the report as JSON.")
    var json = false

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let data = folders.loader().dataDirectory()
        let locator = EngineLocator(dataDirectory: data, environment: environment)
        let templates = TemplateBook(path: DataFolder.templates(in: data))
        let result = await folders.loader(.here(locator, templates)).load().withAttachedServers()
        let report = CheckReport(result)
        print(json ? try report.json() + "\n" : report.text(), terminator: "")
        if !report.ok { throw ExitCode(1) }
    }
}

extension LoadResult {
    /// The same with what attached servers say of their models, where they can be asked.
    fileprivate func withAttachedServers() async -> LoadResult {
        guard var configuration else { return self }
        let inspection = await AttachedInspection.look(at: configuration)
        var result = self
        configuration.models = configuration.models.map(inspection.learnt)
        result.configuration = configuration
        result.problems += inspection.findings.map { finding in
            Problem(
                severity: finding.isMissing ? .error : .warning, location: finding.model.source,
                message: "\(finding.model.name): \(finding.message)", fix: finding.fix)
        }
        result.problems += await NeighbourInspection.problems(configuration.models)
        return result
    }
}
