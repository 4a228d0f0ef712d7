internal import ArgumentParser
internal import FoundationEssentials

/// `roundhouse reload`
struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have the running gateway read its files now, and show what has changed.",
        discussion: "It looks at them by itself, too, and takes a change up within two seconds.")

    @OptionGroup var folders: FolderOptions
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let body = try await ControlSocket(folders).ask("POST", "/admin/reload", accepting: [200, 422])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let report = try decoder.decode(Reloader.Report.self, from: Data(body))
        if json { print(String(decoding: body, as: UTF8.self)) } else { show(report) }
        if !report.ok { throw ExitCode(1) }
    }

    private func show(_ report: Reloader.Report) {
        for problem in report.problems { Terminal.say(problem) }
        guard report.ok else {
            Terminal.say("Nothing was changed: correct the errors above.")
            return
        }
        let changed = report.changed.map { change in
            "\(change.model) (\(change.keys.joined(separator: ", ")))"
                + (change.restarts ? ", its engine restarts" : "")
        }
        let parts = [
            ("added", report.added), ("changed", changed), ("removed", report.removed), ("teams", report.teams),
            ("keys", report.keys), ("settings", report.settings), ("only after a restart", report.needsRestart),
        ].filter { !$0.1.isEmpty }
        if parts.isEmpty { print("Nothing has changed.") }
        for (what, names) in parts { print("\(what): \(names.joined(separator: "; "))") }
    }
}
