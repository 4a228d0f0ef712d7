internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseWorkers

#if canImport(Glibc)
private import Glibc
#endif

/// `roundhouse logs`
struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what the engine of a model has printed.",
        discussion: "All of it is in the data folder too, in logs/MODEL.log and, before that, in logs/MODEL.log.1.")

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Name of a model that the gateway launches.")
    var model: String
    @Flag(name: .shortAndLong, help: "Go on with what it prints from now on, until interrupted.")
    var follow = false
    @Option(name: [.customShort("n"), .long], help: "How many of the last lines, at most 1000.")
    var lines = 100

    /// Time between two looks for more.
    private static let pause = Duration.milliseconds(200)

    func run() async throws {
        guard (0...1000).contains(lines) else { throw ValidationError("--lines must be 0 to 1000, and is \(lines).") }
        let control = ControlSocket(folders)
        let name = URLText.encoded(model)
        var log = try await read(control, "/admin/logs?model=\(name)&lines=\(lines)")
        while true {
            for line in log.lines { print(line) }
            guard follow else { return }
            // Whoever reads this through a pipe wants it now.
            fflush(nil)
            try await Task.sleep(for: Self.pause)
            log = try await read(control, "/admin/logs?model=\(name)&lines=1000&after=\(log.next)")
        }
    }

    private func read(_ control: ControlSocket, _ route: String) async throws -> EngineLog {
        try JSONDecoder().decode(EngineLog.self, from: Data(try await control.get(route)))
    }
}
