import Foundation
import Logging
import RoundhouseCore
import RoundhouseTesting

@testable import RoundhouseGateway
@testable import RoundhouseWorkers

/// What a test gateway is made of; the defaults suit most tests.
struct Setup {
    var models: [Model] = []
    var routes: [ModelRoute] = []
    var settings: ServerSettings
    var keys: [APIKey] = []
    var teams: [Team] = []
    var isOffline = false
    var ledger: (any RecordSink)?
    var archive: (any AnswerArchive)?
    var admin: any AdminService = EmptyAnswers()
    var allowsAnonymous = false
    /// Time between two looks at attached servers.
    var lookInterval = Duration.seconds(5)
    /// The program that starts engines.
    var launcher = "/nonexistent/launcher"

    init(_ models: [Model] = []) {
        self.models = models
        settings = ServerSettings()
        settings.port = 0
        settings.loops = 1
        settings.shutdownTimeout = .milliseconds(200)
        // All suites run at the same time, and a test may wait behind all of them in the middle of its request.
        (settings.headerTimeout, settings.bodyTimeout, settings.idleTimeout) = (
            .seconds(600), .seconds(600), .seconds(600)
        )
    }
}

/// Answers every admin call with nothing.
struct EmptyAnswers: AdminService {
    func answer(_ call: AdminCall, query: [(name: String, value: String)]) async -> AdminAnswer {
        AdminAnswer(json: Array("{}".utf8))
    }
}

/// A gateway in this process, on a port that the kernel chooses, with its access log in a file.
final class TestGateway: Sendable {
    let gateway: Gateway
    let workers: WorkerPool
    private let limits = LimitBook()
    private let folder: String
    private let log: Int32

    /// Where uploads lie that are too large for memory.
    var spoolFolder: String { folder + "/uploads" }

    private struct Engines: EngineCommandProvider {
        func command(for model: Model, address: UpstreamAddress) throws -> EngineCommand {
            EngineCommand(program: "/bin/false", arguments: [], environment: [:])
        }
    }

    private init(_ setup: Setup, folder: String) async throws {
        self.folder = folder
        log = open(folder + "/access.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        var configuration = Configuration(
            server: setup.settings, models: setup.models, dataDirectory: folder, keysFile: folder + "/keys.yaml")
        configuration.teams = setup.teams
        configuration.routes = setup.routes
        configuration.isOffline = setup.isOffline
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var settings = WorkerSettings(
            runtimeDirectory: folder, logDirectory: nil, launcher: setup.launcher, commands: Engines())
        settings.lookInterval = setup.lookInterval
        workers = WorkerPool(models: setup.models, settings: settings, logger: logger, isOffline: setup.isOffline)
        var options = Gateway.Options(
            keys: KeyRing(keys: setup.keys), allowsAnonymous: setup.allowsAnonymous, accessLog: log, version: "1.2.3")
        options.limits = limits
        options.ledger = setup.ledger
        options.archive = setup.archive
        options.admin = setup.admin
        gateway = try await Gateway.start(configuration, workers: workers, options: options, logger: logger)
        workers.start()
    }

    /// Starts a gateway, runs the test, and takes everything down.
    static func run(_ setup: Setup, _ body: (TestGateway) async throws -> Void) async throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let gateway = try await TestGateway(setup, folder: folder)
        do {
            try await body(gateway)
        } catch {
            try await gateway.stop()
            throw error
        }
        try await gateway.stop()
    }

    /// The same with one model that a scripted upstream serves.
    static func run(
        upstream: ScriptedUpstream, change: (inout Setup) -> Void = { _ in },
        _ body: (TestGateway) async throws -> Void
    ) async throws {
        var setup = Setup([.attached(to: upstream)])
        change(&setup)
        do {
            try await run(setup, body)
        } catch {
            upstream.stop()
            throw error
        }
        upstream.stop()
    }

    private func stop() async throws {
        if !stopped.isGiven { try await shutdown() }
        close(log)
    }

    private let stopped = Signal()

    /// Shuts the gateway down, once.
    func shutdown() async throws {
        stopped.give()
        try await gateway.shutdown()
    }

    /// The same files with other keys.
    func replaceKeys(_ keys: KeyRing) throws {
        try gateway.apply(gateway.configuration, keys: keys, replacing: [])
    }

    /// Other files.
    func change(_ change: (inout Configuration) -> Void) throws {
        var configuration = gateway.configuration
        change(&configuration)
        try gateway.apply(configuration, keys: KeyRing(keys: []), replacing: [])
    }

    /// Whether any model works on a request.
    var workersAreBusy: Bool { workers.active > 0 }

    /// Waits until so many requests wait for a place.
    func queued(_ count: Int) async throws {
        try await eventually("\(count) requests wait") { self.workers.waiting == count }
    }

    /// Tokens that a key has used in the last minute.
    func tokens(ofKey id: String) -> Int? {
        limits.all.map { $0.reading(now: .now) }.first { $0.kind == .key && $0.name == id }?.tokens
    }

    var port: Int { gateway.port }

    func client(receiveBuffer: Int32? = nil) throws -> RawClient {
        try RawClient(port: port, receiveBuffer: receiveBuffer)
    }

    /// Sends bytes on a connection of their own, and reads one answer.
    func ask(_ request: String) async throws -> HTTPAnswer { try await ask(Array(request.utf8)) }

    func ask(_ request: [UInt8]) async throws -> HTTPAnswer {
        let client = try client()
        try await client.send(request)
        let answer = try await client.answer()
        client.close()
        return answer
    }

    /// The access log's lines, once there are so many.
    func log(_ count: Int) async throws -> [[String: Any]] {
        let path = folder + "/access.log"
        try await eventually("\(count) lines in the access log") { try Self.lines(path).count >= count }
        return try Self.lines(path).map { line in
            try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] ?? [:]
        }
    }

    /// The only line of the access log.
    func record() async throws -> [String: Any] { try await log(1)[0] }

    private static func lines(_ path: String) throws -> [Data] {
        try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: 10).map { Data($0) }
    }

    /// Weights that look right; what is launched in these tests does not read them.
    static let weights = (#filePath as NSString).deletingLastPathComponent + "/../../models/roundhouse-guide.Q8_0.gguf"

    /// A folder of its own with a short path.
    static func temporaryFolder() throws -> String {
        let path = "/tmp/rh-" + UUID().uuidString.prefix(13)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}

extension Model {
    /// A model of a plain OpenAI-compatible server.
    static func attached(_ name: String = "m", to upstream: ScriptedUpstream, profile: EngineProfile = .openAI) -> Model
    {
        Model(
            name: name, profile: profile, source: SourceLocation(file: "models/m.yaml", line: 1),
            placement: .attached([upstream.endpoint]))
    }
}

/// Requests as bytes.
enum Request {
    static func post(
        _ body: String, to path: String = "/v1/chat/completions", headers: String = "", version: String = "1.1"
    ) -> String {
        "POST \(path) HTTP/\(version)\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    static func get(_ path: String, headers: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n"
    }

    /// A chat request for the model `m`.
    static func chat(_ extra: String = "", headers: String = "", version: String = "1.1") -> String {
        post(
            #"{"model":"m","messages":[{"role":"user","content":"hi"}]\#(extra.isEmpty ? "" : "," + extra)}"#,
            headers: headers, version: version)
    }

    static let streamed = #""stream":true"#
    static let streamedWithUsage = #""stream":true,"stream_options":{"include_usage":true}"#
}

/// Pieces of answers.
enum Events {
    static func text(_ text: String) -> String {
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"}}]}\n\n"
    }

    static let usage =
        "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}\n\n"
    static let done = "data: [DONE]\n\n"
    static let completion =
        #"{"id":"c","choices":[{"message":{"content":"hello"}}],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#
}
