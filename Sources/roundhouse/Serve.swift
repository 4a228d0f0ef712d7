internal import ArgumentParser
internal import Dispatch
internal import FoundationEssentials
internal import Logging
internal import RoundhouseConfig
internal import RoundhouseCore
internal import RoundhouseGateway
internal import RoundhouseWorkers

#if canImport(Glibc)
private import Glibc
#endif

/// `roundhouse serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway.",
        discussion: """
            The access log goes to standard output, everything else to standard error. SIGTERM and SIGINT let answers finish \
            (server.shutdown_timeout), stop the engines and end with exit code 0; a second signal ends at once.
            """)

    @OptionGroup var folders: FolderOptions
    @Option(help: "Address to listen on; wins over server.host.")
    var host: String?
    @Option(help: "Port to listen on, 0 for any; wins over server.port.")
    var port: Int?
    @Flag(help: "Serve everybody who can reach the address, without keys.")
    var allowAnonymous = false

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let logger = Logger(label: "roundhouse") { StreamLogHandler.standardError(label: $0) }
        let data = folders.loader().dataDirectory()
        let locator = EngineLocator(dataDirectory: data, environment: environment)
        let templates = TemplateBook(path: DataFolder.templates(in: data))
        let loader = folders.loader(.here(locator, templates))
        let result = loader.load()
        for problem in result.problems { Terminal.say("\(problem)") }
        guard var configuration = result.configuration else {
            Terminal.say("Not started: correct the errors above. `roundhouse check` shows them again.")
            throw ExitCode(1)
        }
        if let host { configuration.server.host = host }
        if let port { configuration.server.port = port }
        do {
            try await serve(configuration, result, loader, templates, locator, logger)
        } catch let error as ExitCode {
            throw error
        } catch {
            Terminal.say("Not started: \(error)")
            throw ExitCode(1)
        }
    }

    private func serve(
        _ configuration: Configuration, _ result: LoadResult, _ loader: ConfigurationLoader, _ templates: TemplateBook,
        _ locator: EngineLocator, _ logger: Logger
    ) async throws {
        let signals = StopSignals()
        // A client that has left shows as EPIPE where it is written to; the signal would end the program.
        signal(SIGPIPE, SIG_IGN)
        // A file that may not grow (LimitFSIZE) shows as EFBIG in the same way.
        signal(SIGXFSZ, SIG_IGN)
        OpenFiles.raiseLimit()
        let folder = try DataFolder(configuration.dataDirectory)
        let lock = try LockFile(path: folder.lock)
        let runtime = RuntimeDirectory(
            data: configuration.dataDirectory, environment: ProcessInfo.processInfo.environment)
        try runtime.create()
        defer { runtime.remove() }
        let leftovers = Leftovers.reap(runtimeDirectory: runtime.path)
        if leftovers > 0 {
            logger.warning(
                "ended what a gateway that died had left behind", metadata: ["processes": .stringConvertible(leftovers)]
            )
        }
        let workers = workerPool(configuration, folder, runtime, locator, logger)
        let keys = KeyRing(keys: result.allKeys)
        let books = try Books(configuration, logger: logger)
        var options = Gateway.Options(
            keys: keys, allowsAnonymous: allowAnonymous, controlSocket: runtime.controlSocket,
            accessLog: try AccessLogFile.open(configuration.accessLog), version: Version.current)
        options.ledger = books.ledger
        options.archive = books.answers
        options.admin = books.administration
        options.limits = books.limits
        await books.restoreBudgets(configuration, result.allKeys)
        let gateway = try await Gateway.start(configuration, workers: workers, options: options, logger: logger)
        workers.start()
        if let problem = templates.save() {
            logger.warning("what chat templates say cannot be kept", metadata: ["reason": .string(problem)])
        }
        Terminal.say("listening on \(gateway.address)")
        if keys.isEmpty && !BindGuard.isLoopback(configuration.server.host) {
            Terminal.say(
                "warning: everybody who can reach \(configuration.server.host) may use every model (--allow-anonymous)")
        }
        let reloader = Reloader(
            gateway: gateway, loader: loader, folders: folders.paths, first: result, logger: logger,
            restoreBudgets: { await books.restoreBudgets($0, $1) })
        books.begin(with: reloader, workers: workers)
        let watcher = Task { await reloader.run() }
        let hangup = HangupSignal { Task { await reloader.reload("SIGHUP") } }
        let name = await signals.first()
        logger.info("stopping", metadata: ["signal": .string(name)])
        watcher.cancel()
        signals.exitOnNext()
        try await gateway.shutdown()
        _ = templates.save()  // What reloads have found since; it is read again if this fails.
        books.close()
        withExtendedLifetime((lock, hangup)) {}
    }

    private func workerPool(
        _ configuration: Configuration, _ folder: DataFolder, _ runtime: RuntimeDirectory, _ locator: EngineLocator,
        _ logger: Logger
    ) -> WorkerPool {
        var settings = WorkerSettings(
            runtimeDirectory: runtime.path, logDirectory: folder.logs,
            launcher: EnginesFolder.programPath() ?? CommandLine.arguments[0], commands: locator)
        settings.sizesFile = folder.sizes
        settings.groups = ControlGroups.take()
        if settings.groups != nil { logger.info("engines with a memory_limit get control groups of their own") }
        return WorkerPool(
            models: configuration.models, settings: settings, logger: logger, memory: configuration.memory,
            isOffline: configuration.isOffline)
    }
}
