internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore

/// `roundhouse usage`
struct Usage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what was used, and what it cost.",
        discussion: """
            Asks the running gateway, or reads the ledger in the data folder if none runs. Days begin at midnight UTC. A cost \
            of - means that nothing of it had a price; what is free costs 0.
            """,
        subcommands: [UsageShow.self, UsageAudit.self], defaultSubcommand: UsageShow.self)
}

/// `roundhouse usage show`, which needs not be said.
struct UsageShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Sums over requests.")

    @OptionGroup var folders: FolderOptions
    @Option(help: "What to tell apart, with commas: feature, team, key, model, backend, day, arm (of a split).")
    var by = "model"
    @Option(help: "From when on: a day like 2026-11-24, or back from now like 7d (whole days), 12h, 30m.")
    var since = "30d"
    @Option(help: "Until when; in the same forms.")
    var until: String?
    @Option(help: "Also show what the same use would have cost with this model's prices.")
    var compareTo: String?
    @Option(help: "table, csv or json.")
    var format = Format.table

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, csv, json
    }

    func run() async throws {
        let body = try await answer()
        if format == .json {
            print(String(decoding: body, as: UTF8.self))
            return
        }
        let document = try JSONDecoder().decode(UsageDocument.self, from: Data(body))
        if format == .csv {
            print(document.csv)
            return
        }
        guard !document.rows.isEmpty else {
            Terminal.say("Nothing was asked for in that time.")
            return
        }
        var cells = document.cells(none: "-")
        cells[0] = cells[0].map { $0.uppercased().replacing("_", with: " ") }
        print(Terminal.table(cells))
    }

    private func answer() async throws -> [UInt8] {
        let request: UsageRequest
        do {
            request = try UsageRequest([
                ("by", by), ("since", since), ("until", until ?? ""), ("compare_to", compareTo ?? ""),
            ])
        } catch let problem as AdminProblem {
            throw ValidationError(problem.message)
        }
        let socket = ControlSocket(folders)
        if await socket.isThere { return try await socket.get("/admin/usage?" + request.query) }
        let result = folders.loader().load()
        let prices = PriceList(result.configuration?.models ?? [])
        do {
            return try await UsageService(dataDirectory: folders.loader().dataDirectory()) { prices }
                .usage(request)
        } catch let problem as AdminProblem {
            throw CommandFailure(problem.message)
        }
    }
}

/// What models cost, by name.
struct PriceList: Sendable {
    private let prices: [String: Price]

    init(_ models: [Model]) {
        var prices: [String: Price] = [:]
        for model in models {
            for name in [model.name] + model.aliases { prices[name] = model.cost }
        }
        self.prices = prices
    }

    subscript(name: String) -> Price? { prices[name] }
}
