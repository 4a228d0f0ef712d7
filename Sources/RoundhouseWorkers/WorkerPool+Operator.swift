internal import RoundhouseCore

/// What the operator asks for by hand.
extension WorkerPool {
    /// Loads a launched model and returns when it is ready, or cannot be.
    /// - Throws: `LeaseError`
    public func load(_ model: String) async throws(LeaseError) {
        guard let worker = launchedWorker(model) else { throw .unavailable(Self.notLaunched(model)) }
        let result = await withCheckedContinuation { continuation in
            switch worker.lease(LeaseCaller(priority: .high), resume: { continuation.resume(returning: $0) }) {
            case .ready(let lease): continuation.resume(returning: .success(lease))
            case .refused(let error): continuation.resume(returning: .failure(error))
            case .waiting: break
            }
        }
        release(try result.get())
    }

    /// Has the engine of a model ended as soon as nobody is in it, also if it is pinned; it stays away until it is asked for again.
    /// - Returns: the requests that are in it or wait for it now.
    /// - Throws: `LeaseError.unavailable` if it is not launched here.
    public func unload(_ model: String) throws(LeaseError) -> Int {
        guard let worker = launchedWorker(model) else { throw .unavailable(Self.notLaunched(model)) }
        worker.dismiss()
        let status = worker.status
        return status.active + status.waiting
    }

    /// Lines that the engine of a model has printed.
    /// - Parameter number: the first that is wanted; nil is the last ones.
    /// - Throws: `LeaseError.unavailable` if it is not launched here.
    public func log(of model: String, from number: Int?, count: Int) throws(LeaseError) -> EngineLog {
        guard let worker = launchedWorker(model) else { throw .unavailable(Self.notLaunched(model)) }
        let (lines, next) = worker.log.lines(from: number, count: count)
        return EngineLog(lines: lines, next: next)
    }

    /// What all engines may take together, and have.
    public var memory: MemoryStatus {
        let budget = residency.budget
        let workers = status()
        return MemoryStatus(
            budget: budget.host, devices: budget.devices, maxLoaded: budget.maxLoaded,
            used: workers.compactMap(\.memoryBytes).reduce(0, +),
            planned: workers.filter { $0.pid != nil }.compactMap(\.sizeBytes).reduce(0, +))
    }

    private static func notLaunched(_ model: String) -> String {
        "There is no model \(model.quotedForMessage) whose engine this gateway launches; `roundhouse ps` lists them."
    }
}

/// What an engine has printed.
public struct EngineLog: Sendable, Codable {
    /// Lines, oldest first.
    public var lines: [String]
    /// Number of the line behind them.
    public var next: Int
}

/// The memory of all engines together.
public struct MemoryStatus: Sendable, Codable {
    /// Bytes of the machine's memory that they may take; nil is without end.
    public var budget: Int?
    /// Bytes of each GPU's.
    public var devices: [String: Int]
    /// How many may be loaded; nil is any number.
    public var maxLoaded: Int?
    /// Bytes that they have now.
    public var used: Int
    /// Bytes that those with a process are planned with.
    public var planned: Int

    private enum CodingKeys: String, CodingKey {
        case budget, devices, used, planned
        case maxLoaded = "max_loaded"
    }
}
