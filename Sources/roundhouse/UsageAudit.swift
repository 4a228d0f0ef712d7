internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseStore

/// `roundhouse usage audit`
struct UsageAudit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Check the record of all requests that left the house, or print its end to keep it elsewhere.",
        discussion: """
            Each escalation is chained to the one before by its hash, and the end of the chain is kept in a file of its own. An \
            edited, dropped, reordered or cut off record is found, the last ones too. Whoever can write both files could \
            write both anew: keep the end (--head) on another machine, and give it back with --expect. Exit code 1 if \
            anything is wrong.
            """)

    @OptionGroup var folders: FolderOptions
    @Flag(help: "Verify all of it; the default.")
    var verify = false
    @Flag(help: "Print the end of the chain.")
    var head = false
    @Option(help: "An end that was printed before: the chain must go through it.")
    var expect: String?
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        // A running gateway writes what it still has before its files are read here.
        let socket = ControlSocket(folders)
        if await socket.isThere { _ = try await socket.get("/admin/audit") }
        let paths = LedgerPaths(dataDirectory: folders.loader().dataDirectory())
        let service = try UsageService(dataDirectory: folders.loader().dataDirectory()) { PriceList([]) }
        if head {
            print(try service.head())
            return
        }
        var expected: ChainHead?
        if let expect {
            guard let parsed = ChainHead(expect) else {
                throw ValidationError("--expect must be what `roundhouse usage audit --head` has printed.")
            }
            expected = parsed
        }
        let document = try service.audit(expected: expected)
        if json {
            print(String(decoding: try Administration.json(document), as: UTF8.self))
        } else {
            show(document, paths)
        }
        if !document.sound { throw ExitCode(1) }
    }

    private func show(_ document: AuditDocument, _ paths: LedgerPaths) {
        for problem in document.problems { Terminal.say(problem) }
        let more = document.problemCount - document.problems.count
        if more > 0 { Terminal.say("... and \(more) more.") }
        guard document.sound else {
            Terminal.say("The audit in \(paths.database) is NOT sound.")
            return
        }
        print("\(document.count) escalations, unbroken.")
        if let head = document.head { print("head: \(head)") }
    }
}
