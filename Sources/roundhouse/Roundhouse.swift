internal import ArgumentParser

/// The program.
struct Roundhouse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roundhouse",
        abstract: "A self-hosted inference gateway: one OpenAI-compatible URL in front of every model that you run.",
        version: Version.current,
        subcommands: [
            Serve.self, Check.self, Reload.self, RouteCommand.self, Chat.self, Ps.self, Models.self, Logs.self,
            Keys.self, Usage.self,
            Engines.self,
        ])
}

/// The version of this program.
enum Version {
    static let current = "0.1.0"
}
