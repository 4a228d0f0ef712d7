import Glibc

/// An engine that misbehaves as it is told to, for the tests of the supervision. It takes llama-server's arguments, of
/// which it uses `--host` alone, and ignores what it does not know.
@main
enum FakeEngine {
    static func main() {
        let options = Options(CommandLine.arguments)
        if let report = options.sleepReport { Children.sleepForEver(report) }
        if let report = options.orphanReport { Children.leaveOrphan(report) }

        if options.ignoresTerm { signal(SIGTERM, SIG_IGN) }
        // A client that has left must not end the engine, nor may a handler of the runtime turn a fault into something else.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGSEGV, SIG_DFL)
        if let report = options.report { Report.start(report) }
        for number in 0..<options.spam { print("line \(number)") }
        fflush(nil)
        Children.start(options.grandchildren, report: options.report)
        Ballast.take(options.ballast)
        if let code = options.crashCode {
            Report.printError("out of luck\nnothing will come of this\n")
            exit(code)
        }
        if options.exitsEarly { exit(0) }
        guard let socket = options.socket else {
            Report.printError("fake-engine: --socket is missing\n")
            exit(2)
        }
        Server(options).run(socket)
    }
}

/// What the engine is told.
struct Options: Sendable {
    var socket: String?
    var report: String?
    var sleepReport: String?
    var orphanReport: String?
    var slowStart = 0
    var neverReady = false
    var crashCode: Int32?
    var exitsEarly = false
    var segfaultsOnRequest = false
    var requestExitCode: Int32?
    var requestStatus: Int?
    var diesMidAnswer = false
    var ignoresTerm = false
    var grandchildren = 0
    var spam = 0
    /// MiB that it holds from its start.
    var ballast = 0
    /// Words of a streamed answer, and milliseconds before each.
    var words = 2
    var wordInterval = 0
    /// Whether what a request says is done: see `Server.obey`.
    var obeys = false

    init(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        while let name = rest.popFirst() {
            switch name {
            case "--socket", "--host": socket = rest.popFirst()
            case "--report": report = rest.popFirst()
            case "--sleep": sleepReport = rest.popFirst()
            case "--orphan": orphanReport = rest.popFirst()
            case "--slow-start": slowStart = Int(rest.popFirst() ?? "") ?? 0
            case "--never-ready": neverReady = true
            case "--crash-at-start": crashCode = Int32(rest.popFirst() ?? "")
            case "--exit-zero": exitsEarly = true
            case "--segfault-on-request": segfaultsOnRequest = true
            case "--exit-on-request": requestExitCode = Int32(rest.popFirst() ?? "")
            case "--fail-request": requestStatus = Int(rest.popFirst() ?? "")
            case "--die-mid-answer": diesMidAnswer = true
            case "--ignore-term": ignoresTerm = true
            case "--grandchildren": grandchildren = Int(rest.popFirst() ?? "") ?? 0
            case "--spam": spam = Int(rest.popFirst() ?? "") ?? 0
            case "--ballast": ballast = Int(rest.popFirst() ?? "") ?? 0
            case "--words": words = Int(rest.popFirst() ?? "") ?? 2
            case "--word-interval": wordInterval = Int(rest.popFirst() ?? "") ?? 0
            case "--obey": obeys = true
            default: break
            }
        }
    }
}
