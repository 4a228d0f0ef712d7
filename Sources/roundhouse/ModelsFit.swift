internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore
internal import RoundhouseWorkers

/// `roundhouse models fit`
struct ModelsFit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Show what models take and which fit into memory together.",
        discussion: """
            Reads the files; the gateway need not run. Exit code 1 if the named models do not fit. A size is `declared` by `memory:` of \
            the model, `learned` from earlier runs with the same settings, or `estimated` from the weights and the context.
            """)

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Names of models; without any, every set that fits is shown.")
    var models: [String] = []
    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        struct Size: Encodable {
            var model: String
            var bytes: Int
            var gpu: [String: Int]
            var source: String
        }

        var budget: Int?
        var gpuBudget: [String: Int]
        var maxLoaded: Int?
        var models: [Size]
        /// Sets that fit, to which none can be added; nil if there are too many models.
        var sets: [[String]]?
        /// Why the named ones do not fit; nil if they do.
        var obstacle: String?
    }

    func run() async throws {
        let result = folders.loader().load()
        guard let configuration = result.configuration else {
            for problem in result.problems { Terminal.say("\(problem)") }
            throw CommandFailure("The files have errors; `roundhouse check` shows them.")
        }
        let outlook = await MemoryOutlook(configuration, sizes: DataFolder.sizes(in: configuration.dataDirectory))
        let chosen = try outlook.models.filter(by: models)
        let fit = MemoryFit(budget: outlook.budget)
        let members = chosen.map { entry in
            MemoryFit.Member(name: entry.model.name, size: entry.size, groups: Set(entry.model.memory.groups))
        }
        let report = Report(
            budget: outlook.budget.host, gpuBudget: outlook.budget.devices, maxLoaded: outlook.budget.maxLoaded,
            models: chosen.map { entry in
                Report.Size(
                    model: entry.model.name, bytes: entry.size.host, gpu: entry.size.devices,
                    source: entry.source.rawValue)
            },
            sets: models.isEmpty ? fit.largestSets(of: members)?.map { $0.map(\.name) } : nil,
            obstacle: fit.obstacle(to: members))
        if json {
            print(String(decoding: try Administration.json(report), as: UTF8.self))
        } else {
            show(report, members, outlook.budget)
        }
        if !models.isEmpty, report.obstacle != nil { throw ExitCode(1) }
    }

    private func show(_ report: Report, _ members: [MemoryFit.Member], _ budget: MemoryBudget) {
        guard !members.isEmpty else {
            Terminal.say("No model is launched here: all of them are attached, or there are none.")
            return
        }
        let fit = MemoryFit(budget: budget)
        let rows = zip(report.models, members).map { size, member in
            [size.model, member.size.shown, size.source, fit.obstacle(to: [member]) == nil ? "yes" : "no"]
        }
        print(Terminal.table([["MODEL", "TAKES", "KNOWN BY", "FITS ALONE"]] + rows))
        print("\nThe budget is \(budget.shown).")
        guard let obstacle = report.obstacle else {
            print(members.count == 1 ? "It fits." : "All of them fit together.")
            return
        }
        guard models.isEmpty else {
            print("They do not fit: \(obstacle).")
            return
        }
        guard let sets = report.sets else {
            print("Not all of them fit together: \(obstacle). There are too many to list what does; name some.")
            return
        }
        print("Not all of them fit together: \(obstacle). These do:")
        for set in sets { print("  " + set.joined(separator: ", ")) }
    }
}

extension [(model: Model, size: Footprint, source: ModelSizer.Source)] {
    /// Those with these names, or all if there are none.
    fileprivate func filter(by names: [String]) throws -> Self {
        guard !names.isEmpty else { return self }
        return try names.map { name in
            guard let entry = first(where: { $0.model.name == name || $0.model.aliases.contains(name) }) else {
                throw ValidationError("There is no launched model `\(name)`.")
            }
            return entry
        }
    }
}
