public import Logging
internal import RoundhouseClient
public import RoundhouseCore
internal import Subprocess
private import SystemPackage

#if canImport(Glibc)
private import Glibc
#endif

/// Tries an engine: starts it as the gateway would, with weights as small as can be, and asks it for something.
public struct EngineDoctor: Sendable {
    private let settings: WorkerSettings
    private let dataDirectory: String
    private let logger: Logger

    /// What a try came to.
    public struct Finding: Sendable {
        /// Seconds from the start until it was ready.
        public var secondsToReady: Double
        /// Bytes of its answer.
        public var answerBytes: Int
    }

    /// A doctor.
    /// - Parameters:
    ///   - settings: as of a worker pool; its runtime folder must be one that no running gateway uses.
    ///   - dataDirectory: absolute path of the folder that engines are installed in.
    public init(settings: WorkerSettings, dataDirectory: String, logger: Logger) {
        self.settings = settings
        self.dataDirectory = dataDirectory
        self.logger = logger
    }

    /// Tries an engine.
    /// - Parameter folder: where weights may be made; the caller removes it.
    /// - Throws: `EngineInstallError`, with a sentence that says what is wrong.
    public func examine(_ profile: EngineProfile, in folder: String) async throws -> Finding {
        guard let launch = profile.launch else { throw EngineInstallError("It is not started by Roundhouse.") }
        var model = Model(
            name: "doctor", profile: profile, source: SourceLocation(file: "doctor", line: 1),
            placement: .launched(LaunchSettings(weights: try await weights(launch, in: folder))))
        model.timeouts.load = launch.loadTimeout
        let pool = WorkerPool(models: [model], settings: settings, logger: logger)
        pool.start()
        do {
            let finding = try await ask(model, of: pool)
            await pool.shutdown()
            return finding
        } catch {
            await pool.shutdown()
            throw error
        }
    }

    private func ask(_ model: Model, of pool: WorkerPool) async throws -> Finding {
        let began = ContinuousClock.now
        let lease = try await place(model, of: pool)
        let ready = ContinuousClock.now - began
        let (path, type, body) = try Self.question(for: model)
        let request = ClientRequest("POST", path, headers: [("content-type", type)], body: body)
        let answer = try await HTTPClient.collect(request, at: lease.endpoint.address, timeout: .seconds(300))
        pool.release(lease)
        guard answer.head.status == 200, !answer.body.isEmpty else {
            let said = answer.body.withUnsafeBytes { UpstreamErrorBody.parse($0).message } ?? "nothing"
            throw EngineInstallError("It answered \(answer.head.status): \(said)")
        }
        return Finding(secondsToReady: Double(ready.microseconds) / 1e6, answerBytes: answer.body.count)
    }

    private func place(_ model: Model, of pool: WorkerPool) async throws -> WorkerLease {
        let result = await withCheckedContinuation { continuation in
            switch pool.lease(model.name, resume: { continuation.resume(returning: $0) }) {
            case .ready(let lease): continuation.resume(returning: .success(lease))
            case .refused(let error): continuation.resume(returning: .failure(error))
            case .waiting: break
            }
        }
        switch result {
        case .success(let lease): return lease
        case .failure(.failed(let cause, _)): throw EngineInstallError("It \(cause.explanation(withOutput: true))")
        case .failure(let error): throw EngineInstallError("It cannot be started: \(error)")
        }
    }

    /// The path of the weights to try it with.
    private func weights(_ launch: EngineLaunch, in folder: String) async throws -> String {
        guard let engines = EnginesFolder.find(environment: [:]) else {
            throw EngineInstallError(EnginesFolder.missing)
        }
        let root = engines.dropLast("/engines".count)
        switch launch.sample {
        case nil:
            throw EngineInstallError("There are no weights to try it with: they would have to be downloaded.")
        case .notNeeded: return ""
        case .shipped(let name): return "\(root)/models/\(name)"
        case .made(let program):
            let path = "\(folder)/\(program)-weights"
            let python = EngineInstaller.python(of: launch.environment ?? "", dataDirectory: dataDirectory)
            let result = try await Subprocess.run(
                .path(.init(python)), arguments: ["\(root)/tools/tiny-models/\(program)", path],
                output: .string(limit: 1 << 20), error: .combinedWithOutput)
            guard result.terminationStatus.isSuccess else {
                let last = result.standardOutput.split(separator: "\n").suffix(3).joined(separator: "\n")
                throw EngineInstallError("Weights to try it with could not be made: \(last)")
            }
            return path
        }
    }
}
