internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore

/// `roundhouse keys`
struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list, rotate and revoke API keys (config/keys.yaml).",
        discussion: "A running gateway takes a change up within a few seconds.",
        subcommands: [KeysCreate.self, KeysList.self, KeysRotate.self, KeysRevoke.self])
}

extension FolderOptions {
    /// The file of keys.
    var keysFile: KeysFile { KeysFile(path: paths.config + "/keys.yaml") }
}

/// The `--expires` of a key.
enum ExpiryOption {
    static let help: ArgumentHelp =
        "When it stops working: a day like 2027-01-01, a time like 2027-01-01T18:00:00Z, or a number of days like 90d."

    /// Seconds since 1970. A number of days goes on to the end of the last of them, in UTC.
    static func seconds(_ text: String?) throws -> Int64? {
        guard let text else { return nil }
        if text.hasSuffix("d"), let days = Int64(text.dropLast()), (1...36_500).contains(days) {
            let end = Int64(Date().timeIntervalSince1970) + days * 86_400
            return CalendarDay(endingAt: end).secondsSince1970
        }
        if let seconds = KeyExpiry.seconds(text) { return seconds }
        throw ValidationError(
            "--expires must be a day like 2027-01-01, a time like 2027-01-01T18:00:00Z or a number of days like 90d, and is "
                + "`\(text)`.")
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
