internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore

/// `roundhouse keys create`
struct KeysCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a key and print its secret, once, on standard output.")

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Name of the key: lower-case letters, digits and dashes.")
    var id: String
    @Option(help: "Team that the key belongs to; it must be in config/roundhouse.yaml.")
    var team: String?
    @Option(name: .customLong("class"), help: "inference (models), metrics (/metrics) or admin (everything).")
    var keyClass = "inference"
    @Option(help: ExpiryOption.help)
    var expires: String?
    @Option(help: "Models that it may use, of those that its team may: names and patterns with commas: llama3,embed-*.")
    var allowModels: String?
    @Option(help: "Requests in any minute.")
    var requestsPerMinute: Int?
    @Option(help: "Tokens of prompts and answers in any minute.")
    var tokensPerMinute: Int?
    @Option(help: "Requests at the same time.")
    var concurrent: Int?
    @Option(help: "What it may spend on priced models: 50/month, 5EUR/day, 20/week.")
    var budget: String?
    @Flag(help: "Refuse models whose requests would leave the house.")
    var localOnly = false
    @Option(help: "Where its requests stand in queues: low, normal or high (default: as its team's).")
    var priority: String?

    func run() throws {
        guard APIKey.isValid(id: id) else {
            throw ValidationError(
                "`\(id)` is no name for a key: use lower-case letters, digits and dashes, at most 48.")
        }
        guard let keyClass = KeyClass(rawValue: keyClass) else {
            throw ValidationError("--class must be inference, metrics or admin, and is `\(keyClass)`.")
        }
        let secret = KeySecret.make(id: id)
        var key = APIKey(
            id: id, team: team, keyClass: keyClass, hash: KeyHash(secret: secret),
            expires: try ExpiryOption.seconds(expires))
        try addRights(to: &key)
        try check(key)
        try FileManager.default.createDirectory(atPath: folders.paths.config, withIntermediateDirectories: true)
        try folders.keysFile.add(key)
        print(secret)
        Terminal.say(
            "Key `\(id)` (\(keyClass.rawValue)) is in \(folders.keysFile.path). Its secret is not kept anywhere else.")
    }

    private func addRights(to key: inout APIKey) throws {
        if let allowModels {
            let patterns = allowModels.split(separator: ",").map { String($0.filter { $0 != " " }) }.filter {
                !$0.isEmpty
            }
            guard !patterns.isEmpty else {
                throw ValidationError("--allow-models names no model; leave it out for every model.")
            }
            key.models = NamePatterns(patterns)
        }
        let limits = [
            ("--requests-per-minute", requestsPerMinute), ("--tokens-per-minute", tokensPerMinute),
            ("--concurrent", concurrent),
        ]
        for (name, number) in limits {
            if let number, !(1...Int(Int32.max)).contains(number) {
                throw ValidationError("\(name) must be 1 or more, and is \(number); leave it out for no limit.")
            }
        }
        key.limits.requestsPerMinute = requestsPerMinute
        key.limits.tokensPerMinute = tokensPerMinute
        key.limits.concurrent = concurrent
        if let budget {
            guard let limit = RightsText.budget(from: budget) else {
                throw ValidationError(
                    "--budget must be an amount and a period like 50/month or 5EUR/day, and is `\(budget)`.")
            }
            key.budget = limit
        }
        key.localOnly = localOnly
        if let priority {
            guard let known = Priority(rawValue: priority) else {
                throw ValidationError("--priority must be low, normal or high, and is `\(priority)`.")
            }
            key.priority = known
        }
    }

    /// Refuses what the gateway would refuse to load; a key without rights of its own needs no other file.
    private func check(_ key: APIKey) throws {
        guard key.team != nil || key.models != nil || key.budget != nil || key.localOnly else { return }
        let problems = folders.loader().problems(ofNew: key)
        for problem in problems where problem.severity != .error { Terminal.say("\(problem)") }
        let errors = problems.filter { $0.severity == .error }
        guard errors.isEmpty else {
            let reasons = errors.map { [$0.message, $0.fix].compactMap { $0 }.joined(separator: "; ") }
            throw CommandFailure("No key was made: " + reasons.joined(separator: "\n"))
        }
    }
}
