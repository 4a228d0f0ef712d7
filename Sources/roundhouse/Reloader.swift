internal import Dispatch
internal import FoundationEssentials
internal import Logging
internal import RoundhouseConfig
internal import RoundhouseCore
internal import RoundhouseGateway

#if canImport(Glibc)
private import Glibc
#endif

/// Keeps a running gateway at what the files say: looks at them, reads them when they have changed, and applies what has. A
/// file with a mistake in it changes nothing; what is wrong with it is kept until the files are right again.
actor Reloader {
    /// What came of the last look, as `/admin/configuration` and `roundhouse reload` show it.
    struct Report: Codable, Sendable {
        /// Whether the files are what is served.
        var ok: Bool
        /// When they were read, in seconds since 1970.
        var at: Int64
        var added: [String] = []
        var changed: [Change] = []
        var removed: [String] = []
        var teams: [String] = []
        var keys: [String] = []
        var settings: [String] = []
        /// Settings that differ and count only after a restart.
        var needsRestart: [String] = []
        /// Errors, warnings and notes, as `roundhouse check` prints them.
        var problems: [String] = []

        struct Change: Codable, Sendable {
            var model: String
            var keys: [String]
            /// Whether its engine is started again.
            var restarts: Bool
        }
    }

    private let gateway: Gateway
    private let loader: ConfigurationLoader
    private let restoreBudgets: @Sendable (Configuration, [APIKey]) async -> Void
    private let logger: Logger
    private var watch: FileWatch
    private var keys: [APIKey]
    private(set) var report: Report

    /// Half of what a revoked key may live, and a bit less: a change is taken when two looks agree.
    private static let interval = Duration.milliseconds(700)

    init(
        gateway: Gateway, loader: ConfigurationLoader, folders: FolderPaths, first: LoadResult, logger: Logger,
        restoreBudgets: @escaping @Sendable (Configuration, [APIKey]) async -> Void
    ) {
        self.gateway = gateway
        self.loader = loader
        self.logger = logger
        self.restoreBudgets = restoreBudgets
        watch = FileWatch(models: folders.models, config: folders.config, after: first)
        keys = first.allKeys
        report = Report(ok: true, at: Self.now, problems: first.problems.map(\.description))
    }

    /// Looks at the files until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.interval) } catch { return }
            if watch.look() { _ = await reload("the files have changed", insists: false) }
        }
    }

    /// Reads the files and applies them; says what came of it.
    func reload(_ reason: String) async -> Report { await reload(reason, insists: true) }

    private func reload(_ reason: String, insists: Bool) async -> Report {
        let result = loader.load()
        let isSettled = watch.settle(result)
        // They were written to while they were read: the next look sees to it.
        guard isSettled || insists else { return report }
        var next = Report(ok: false, at: Self.now, problems: result.problems.map(\.description))
        guard let configuration = result.configuration else {
            logger.error(
                "the changed files are not used",
                metadata: ["reason": .string(reason), "problems": .string(next.errors)])
            return keep(next)
        }
        let diff = ConfigurationDiff.between(
            gateway.configuration, configuration, oldKeys: keys, newKeys: result.allKeys)
        do {
            await restoreBudgets(configuration, result.allKeys)
            try gateway.apply(
                configuration, keys: KeyRing(keys: result.allKeys),
                replacing: Set(diff.changed.filter(\.engine).map(\.name)))
        } catch {
            next.problems.insert("error: \(error)", at: 0)
            logger.error(
                "the changed files are not used",
                metadata: ["reason": .string(reason), "problems": .string("\(error)")])
            return keep(next)
        }
        keys = result.allKeys
        next.ok = true
        next.take(diff)
        logger.info("files are read", metadata: ["reason": .string(reason), "changes": .string("\(diff)")])
        return keep(next)
    }

    private func keep(_ next: Report) -> Report {
        report = next
        gateway.noteReload(succeeded: next.ok, at: next.at)
        return next
    }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }
}

extension Reloader.Report {
    fileprivate mutating func take(_ diff: ConfigurationDiff) {
        added = diff.added
        changed = diff.changed.map { Change(model: $0.name, keys: $0.keys, restarts: $0.engine) }
        removed = diff.removed
        teams = diff.teams
        keys = diff.keys
        settings = diff.settings
        needsRestart = diff.needsRestart
    }

    fileprivate var errors: String { problems.filter { $0.contains("error") }.joined(separator: " / ") }
}

extension LoadResult {
    /// The keys of the file, and those of the environment, which may do everything.
    var allKeys: [APIKey] {
        keys
            + environmentKeys.enumerated().map { index, secret in
                APIKey(id: "environment-\(index + 1)", keyClass: .admin, hash: KeyHash(secret: secret.reveal()))
            }
    }
}

/// SIGHUP, as something to be told of.
final class HangupSignal {
    private let source: any DispatchSourceSignal

    init(_ handler: @escaping @Sendable () -> Void) {
        signal(SIGHUP, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGHUP)
        source.setEventHandler(handler: handler)
        source.resume()
    }
}
