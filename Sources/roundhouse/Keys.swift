internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore

/// `roundhouse keys`
struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and revoke API keys (config/keys.yaml).",
        discussion: "A running gateway takes a change up within two seconds.",
        subcommands: [KeysCreate.self, KeysList.self, KeysRevoke.self])
}

extension FolderOptions {
    /// The file of keys.
    var keysFile: KeysFile { KeysFile(path: paths.config + "/keys.yaml") }
}

/// `roundhouse keys create`
struct KeysCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a key and print its secret, once, on standard output.")

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Name of the key: lower-case letters, digits and dashes.")
    var id: String
    @Option(help: "Team that the key belongs to.")
    var team: String?
    @Option(name: .customLong("class"), help: "inference (models), metrics (/metrics) or admin (everything).")
    var keyClass = "inference"
    @Option(help: "When it stops working: a day like 2027-01-01, or a number of days like 90d.")
    var expires: String?

    func run() throws {
        guard APIKey.isValid(id: id) else {
            throw ValidationError(
                "`\(id)` is no name for a key: use lower-case letters, digits and dashes, at most 48.")
        }
        guard let keyClass = KeyClass(rawValue: keyClass) else {
            throw ValidationError("--class must be inference, metrics or admin, and is `\(keyClass)`.")
        }
        let secret = KeySecret.make(id: id)
        let key = APIKey(
            id: id, team: team, keyClass: keyClass, hash: KeyHash(secret: secret), expires: try expiry())
        try FileManager.default.createDirectory(atPath: folders.paths.config, withIntermediateDirectories: true)
        try folders.keysFile.add(key)
        print(secret)
        Terminal.say(
            "Key `\(id)` (\(keyClass.rawValue)) is in \(folders.keysFile.path). Its secret is not kept anywhere else.")
    }

    private func expiry() throws -> Int64? {
        guard let expires else { return nil }
        if expires.hasSuffix("d"), let days = Int64(expires.dropLast()), (1...36_500).contains(days) {
            return Int64(Date().timeIntervalSince1970) + days * 86_400
        }
        guard let day = CalendarDay(expires) else {
            throw ValidationError(
                "--expires must be a day like 2027-01-01 or a number of days like 90d, and is `\(expires)`.")
        }
        return day.secondsSince1970
    }
}

/// `roundhouse keys list`
struct KeysList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the keys.")

    @OptionGroup var folders: FolderOptions
    @Flag(help: "Print JSON.")
    var json = false

    private struct Row: Encodable {
        var id: String
        var team: String?
        var `class`: String
        var expires: String?
    }

    func run() throws {
        let rows = try folders.keysFile.load().map { key in
            Row(
                id: key.id, team: key.team, class: key.keyClass.rawValue,
                expires: key.expires.map { CalendarDay(secondsSince1970: $0).description })
        }
        if json {
            print(String(decoding: try JSONEncoder().encode(rows), as: UTF8.self))
            return
        }
        guard !rows.isEmpty else {
            Terminal.say("There are no keys. `roundhouse keys create NAME` makes one.")
            return
        }
        let table = rows.map { [$0.id, $0.class, $0.team ?? "-", $0.expires ?? "never"] }
        print(Terminal.table([["KEY", "CLASS", "TEAM", "EXPIRES"]] + table))
    }
}

/// `roundhouse keys revoke`
struct KeysRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Remove a key.")

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Name of the key.")
    var id: String

    func run() throws {
        try folders.keysFile.revoke(id: id)
        Terminal.say("Key `\(id)` is revoked.")
    }
}
