import Foundation
import Logging
import RoundhouseClient
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

/// Starts fake engines, with one set of arguments for each model.
struct FakeEngines: EngineCommandProvider {
    var arguments: [String: [String]]
    var reports: String
    var environment = ["PATH": "/usr/bin:/bin"]

    func command(for model: Model, address: UpstreamAddress) throws -> EngineCommand {
        guard let own = arguments[model.name] else { throw EngineMissing("There is no engine for \(model.name).") }
        let report = "\(reports)/\(model.name.replacing("/", with: "%")).report"
        return EngineCommand(
            program: Built.fakeEngine, arguments: ["--socket", address.shown, "--report", report] + own,
            environment: EngineEnvironment.scrubbed(environment))
    }
}

/// A real pool with the real launcher, and engines that do as they are told.
struct Supervised: Sendable {
    let folder: String
    let pool: WorkerPool

    func report(_ model: String = "m") -> EngineReport {
        EngineReport("\(folder)/\(model.replacing("/", with: "%")).report")
    }

    func status(_ model: String = "m") throws -> WorkerStatus {
        try #require(pool.status().first { $0.model == model })
    }

    func waitFor(_ state: String, _ model: String = "m") async throws {
        try await waitUntil("\(model) is \(state)") { try status(model).state == state }
    }

    /// Asks for a place and waits for the answer.
    func place(_ model: String = "m") async -> Result<WorkerLease, LeaseError> {
        await withCheckedContinuation { continuation in
            switch pool.lease(model, resume: { continuation.resume(returning: $0) }) {
            case .ready(let lease): continuation.resume(returning: .success(lease))
            case .refused(let error): continuation.resume(returning: .failure(error))
            case .waiting: break
            }
        }
    }

    /// The reason why there is no place because of a failure.
    func failure(_ model: String = "m") async throws -> (cause: ExitCause, retryAfter: Int) {
        switch await place(model) {
        case .failure(.failed(let cause, let retryAfter)): return (cause, retryAfter)
        case let other: throw NotInTime(description: "no failure but \(other)")
        }
    }

    func exitCause(of lease: WorkerLease, within limit: Duration = .seconds(60)) async -> ExitCause? {
        await withCheckedContinuation { continuation in
            pool.exitCause(of: lease, within: limit) { continuation.resume(returning: $0) }
        }
    }

    /// Asks the engine behind a lease for an answer.
    func ask(
        _ lease: WorkerLease, stream: Bool = false, _ prompt: String = ""
    ) async throws -> (head: ClientResponseHead, body: String) {
        let body = Array("{\"stream\":\(stream),\"prompt\":\"\(prompt)\"}".utf8)
        let request = ClientRequest("POST", "/v1/chat/completions", body: body)
        let answer = try await HTTPClient.collect(request, at: lease.endpoint.address, timeout: .seconds(60))
        return (answer.head, String(decoding: answer.body, as: UTF8.self))
    }
}

/// Runs a test with a pool, ends the pool, and makes sure that no process is left.
func supervise(
    _ arguments: [String], change: (inout Model) -> Void = { _ in },
    memory: MemorySettings = MemorySettings(), settings: (inout WorkerSettings) -> Void = { _ in },
    _ body: (Supervised) async throws -> Void
) async throws {
    try await supervise(["m": arguments], change: change, memory: memory, settings: settings, body)
}

/// The same with several models.
func supervise(
    _ arguments: [String: [String]], change: (inout Model) -> Void = { _ in },
    memory: MemorySettings = MemorySettings(),
    settings: (inout WorkerSettings) -> Void = { _ in }, _ body: (Supervised) async throws -> Void
) async throws {
    let folder = try TemporaryFolder()
    var workerSettings = WorkerSettings(
        runtimeDirectory: try folder.makeFolder("run"), logDirectory: try folder.makeFolder("logs"),
        launcher: Built.roundhouse, commands: FakeEngines(arguments: arguments, reports: folder.path))
    settings(&workerSettings)
    let models = arguments.keys.sorted().map { name in
        var model = Model(
            name: name, profile: .llamaCpp, source: SourceLocation(file: "test.yaml", line: 1),
            placement: .launched(LaunchSettings(weights: Built.weights)))
        change(&model)
        return model
    }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let supervised = Supervised(
        folder: folder.path, pool: WorkerPool(models: models, settings: workerSettings, logger: logger, memory: memory))
    supervised.pool.start()
    var failure: (any Error)?
    do { try await body(supervised) } catch { failure = error }
    await supervised.pool.shutdown()
    let left = try Processes.naming(folder.path)
    #expect(left.isEmpty, "processes are left after the shutdown")
    for pid in left { kill(pid, SIGKILL) }
    try folder.remove()
    if let failure { throw failure }
}
