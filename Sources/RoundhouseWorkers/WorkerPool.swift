public import Logging
public import RoundhouseCore
internal import Synchronization

/// All launched models, and the attached ones with a limit of concurrent requests. Safe to call from any thread; nothing in it waits but `start` and `shutdown`.
public final class WorkerPool: Sendable {
    private let workers: [String: Worker]
    private let settings: WorkerSettings
    private let ticker = Mutex<Task<Void, Never>?>(nil)

    /// How often queue timeouts, load timeouts and idle times are looked at.
    private static let tick = Duration.milliseconds(250)

    /// A pool for `models`.
    public init(models: [Model], settings: WorkerSettings, logger: Logger) {
        self.settings = settings
        var workers: [String: Worker] = [:]
        for (number, model) in models.enumerated() {
            if case .attached = model.placement, model.limits.concurrent == nil { continue }
            workers[model.name] = Worker(model: model, number: number, settings: settings, logger: logger)
        }
        self.workers = workers
    }

    /// Begins to look at the clock and to start the models with `warm_up`; does not wait for them.
    public func start() {
        ticker.withLock { ticker in
            guard ticker == nil else { return }
            ticker = Task { [workers] in
                while !Task.isCancelled {
                    for worker in workers.values { worker.tick() }
                    do { try await Task.sleep(for: Self.tick) } catch { return }
                }
            }
        }
        for worker in warmOnes { worker.warm() }
    }

    private var launched: [Worker] {
        workers.values.filter { worker in if case .launched = worker.model.placement { true } else { false } }
    }

    private var warmOnes: [Worker] { launched.filter { $0.model.warmUp && $0.model.unavailable == nil } }

    /// Whether every model with `warm_up` has become ready, or has failed to.
    public var isWarm: Bool { warmOnes.allSatisfy(\.hasSettled) }

    /// One sentence for each model with `warm_up` that has failed.
    public func warmUpProblems() -> [String] {
        warmOnes.compactMap { worker in worker.failure.map { "\(worker.model.name) \($0.summary)" } }.sorted()
    }

    /// Asks for a place in the engine of a model, and starts it if need be.
    /// - Parameter resume: called once, on any thread, if and only if the answer is `waiting`, unless the ticket is
    ///   cancelled before.
    public func lease(
        _ model: String, resume: @escaping @Sendable (Result<WorkerLease, LeaseError>) -> Void
    ) -> LeaseAnswer {
        guard let worker = workers[model] else { return .refused(.unavailable("There is no engine for \(model).")) }
        return worker.lease(resume: resume)
    }

    /// The request behind a ticket is not interested any more.
    public func cancel(_ ticket: LeaseTicket) {
        workers[ticket.model]?.cancel(ticket)
    }

    /// Gives a place back.
    public func release(_ lease: WorkerLease) {
        workers[lease.model]?.release(lease)
    }

    /// Says why the engine behind a lease has ended; nil if it has not within `limit`.
    /// - Parameter resume: called once, on any thread.
    public func exitCause(
        of lease: WorkerLease, within limit: Duration, resume: @escaping @Sendable (ExitCause?) -> Void
    ) {
        guard let worker = workers[lease.model] else {
            resume(nil)
            return
        }
        worker.exitCause(of: lease, within: limit, resume: resume)
    }

    /// All engines, by model name.
    public func status() -> [WorkerStatus] {
        launched.map(\.status).sorted { $0.model < $1.model }
    }

    /// Refuses everybody who waits or comes, ends all engines, and returns when they are gone.
    public func shutdown() async {
        ticker.withLock { $0?.cancel() }
        await withTaskGroup(of: Void.self) { group in
            for worker in workers.values {
                group.addTask { await worker.shutDown(grace: self.settings.stopGrace) }
            }
        }
    }
}
