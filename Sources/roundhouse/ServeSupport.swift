internal import Dispatch
internal import FoundationEssentials
internal import Logging
internal import RoundhouseConfig
internal import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

/// SIGTERM and SIGINT as something to wait for.
final class StopSignals {
    private let stream: AsyncStream<String>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream<String>.makeStream()
        self.stream = stream
        sources = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")].map { number, name in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.yield(name) }
            source.resume()
            return source
        }
    }

    /// Waits for the first one.
    func first() async -> String {
        for await name in stream { return name }
        return "none"
    }

    /// From now on one more ends the program at once; the engines' launchers see that and end them.
    func exitOnNext() {
        Task { [stream] in
            for await _ in stream { _exit(130) }
        }
    }
}

/// The folders below the data folder.
struct DataFolder {
    let lock: String
    let logs: String
    let sizes: String

    /// What engines have taken, in the data folder at a path, which need not be there yet.
    static func sizes(in path: String) -> String { path + "/sizes.json" }

    /// What chat templates say, in the same way.
    static func templates(in path: String) -> String { path + "/templates.json" }

    init(_ path: String) throws {
        lock = path + "/lock"
        logs = path + "/logs"
        sizes = Self.sizes(in: path)
        try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    }
}

/// Opens what the access log is written to.
enum AccessLogFile {
    static func open(_ destination: AccessLogDestination) throws -> Int32? {
        switch destination {
        case .off: return nil
        case .standardOutput: return STDOUT_FILENO
        case .file(let path):
            let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
            guard descriptor >= 0 else {
                throw CommandFailure("The access log \(path) cannot be opened: \(String(cString: strerror(errno)))")
            }
            return descriptor
        }
    }
}

/// The limit of open files.
enum OpenFiles {
    /// Raises the soft limit to the hard one: each stream takes two descriptors, and 1024, the usual soft limit, is for
    /// programs that use select().
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
