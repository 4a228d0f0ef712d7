internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore

/// `roundhouse keys rotate`
struct KeysRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Give a key a new secret and print it, once, on standard output.",
        discussion: """
            The old secret stops at once, unless --overlap lets it go on for a while: under the name NAME-old, with the same \
            rights, counted by itself.
            """)

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Name of the key.")
    var id: String
    @Option(help: "How long the old secret goes on working: 30m, 24h, 7d.")
    var overlap: String?
    @Option(help: ExpiryOption.help)
    var expires: String?

    func run() throws {
        let secret = KeySecret.make(id: id)
        let rotation = try folders.keysFile.rotate(
            id: id, hash: KeyHash(secret: secret), expires: try ExpiryOption.seconds(expires), overlap: try seconds(),
            now: Int64(Date().timeIntervalSince1970))
        print(secret)
        if let old = rotation.old, let end = old.expires {
            Terminal.say(
                "Key `\(id)` has a new secret, which is not kept anywhere else. The old one works until "
                    + "\(KeyExpiry.text(end)), as `\(old.id)`.")
        } else {
            Terminal.say("Key `\(id)` has a new secret, which is not kept anywhere else. The old one has stopped.")
        }
    }

    private func seconds() throws -> Int64? {
        guard let overlap else { return nil }
        let factors: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400]
        guard let factor = overlap.last.flatMap({ factors[$0] }), let number = Int64(overlap.dropLast()),
            (1...525_600).contains(number), number * factor <= 365 * 86_400
        else {
            throw ValidationError("--overlap must be a time like 30m, 24h or 7d, at most 365d, and is `\(overlap)`.")
        }
        return number * factor
    }
}
