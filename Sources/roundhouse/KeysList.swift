internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore

/// `roundhouse keys list`
struct KeysList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the keys.")

    @OptionGroup var folders: FolderOptions
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let keys = try folders.keysFile.load()
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            print(String(decoding: try encoder.encode(keys.map(KeyRow.init)), as: UTF8.self))
            return
        }
        guard !keys.isEmpty else {
            Terminal.say("There are no keys. `roundhouse keys create NAME` makes one.")
            return
        }
        let now = Int64(Date().timeIntervalSince1970)
        let table = keys.map { key in
            [
                key.id, key.keyClass.rawValue, key.team ?? "-",
                RightsText.models(key.models) + (key.localOnly ? " (local only)" : ""), RightsText.limits(key.limits),
                RightsText.budget(key.budget),
                key.expires.map { KeyExpiry.text($0) + ($0 <= now ? " (over)" : "") } ?? "never",
            ]
        }
        print(Terminal.table([["KEY", "CLASS", "TEAM", "MODELS", "LIMITS", "BUDGET", "EXPIRES"]] + table))
    }
}

/// A key as `--json` shows it, with the names of the file.
private struct KeyRow: Encodable {
    struct Limits: Encodable {
        var requestsPerMinute: Int?
        var tokensPerMinute: Int?
        var concurrent: Int?
        var shadow: Bool
    }

    struct Budget: Encodable {
        var amount: Double
        var per: String
        var currency: String
    }

    var id: String
    var team: String?
    var `class`: String
    var expires: String?
    var models: [String]?
    var limits: Limits?
    var budget: Budget?
    var localOnly: Bool

    init(_ key: APIKey) {
        id = key.id
        team = key.team
        `class` = key.keyClass.rawValue
        expires = key.expires.map(KeyExpiry.text)
        models = key.models?.patterns
        if !key.limits.isEmpty {
            limits = Limits(
                requestsPerMinute: key.limits.requestsPerMinute, tokensPerMinute: key.limits.tokensPerMinute,
                concurrent: key.limits.concurrent, shadow: key.limits.shadow)
        }
        budget = key.budget.map {
            Budget(amount: $0.amount.units, per: $0.period.rawValue, currency: $0.currency)
        }
        localOnly = key.localOnly
    }
}
