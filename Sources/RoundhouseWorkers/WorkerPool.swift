public import Logging
public import RoundhouseCore
internal import Synchronization

/// All launched models, and the attached ones with a limit of concurrent requests. Safe to call from any thread; nothing in
/// it waits but `shutdown`.
public final class WorkerPool: Sendable {
    private struct Crew {
        var workers: [String: Worker] = [:]
        /// Workers that serve their last requests.
        var leaving: [Worker] = []
        var nextNumber = 0
        var isShutDown = false
    }

    private let crew = Mutex(Crew())
    private let settings: WorkerSettings
    private let logger: Logger
    private let ticker = Mutex<Task<Void, Never>?>(nil)
    let attached: AttachedWatch
    let residency: Residency

    private let hasToldOfSizes = Atomic(false)

    /// How often queue timeouts, load timeouts, idle times and memory are looked at.
    private static let tick = Duration.milliseconds(250)
    /// After so many ticks GPUs are asked, which takes their vendors' tools some time, and sizes are saved.
    private static let rareTicks = 20

    /// A pool for `models`.
    /// - Parameters:
    ///   - memory: what all engines together may take.
    ///   - isOffline: whether attached servers outside the house are left alone.
    public init(
        models: [Model], settings: WorkerSettings, logger: Logger, memory: MemorySettings = MemorySettings(),
        isOffline: Bool = false
    ) {
        self.settings = settings
        self.logger = logger
        residency = Residency(
            settings: memory, book: SizeBook(path: settings.sizesFile), gpus: GPUWatch(path: settings.gpuToolPath),
            patience: settings.memoryPatience)
        attached = AttachedWatch(interval: settings.lookInterval, logger: logger)
        attached.apply(models, isOffline: isOffline)
        crew.withLock { crew in
            for model in models where model.needsWorker { crew.workers[model.name] = makeWorker(model, &crew) }
        }
        residency.begin { [weak self] in self?.everybody ?? [] }
    }

    private func makeWorker(_ model: Model, _ crew: inout Crew) -> Worker {
        defer { crew.nextNumber += 1 }
        return Worker(model: model, number: crew.nextNumber, settings: settings, residency: residency, logger: logger)
    }

    /// Begins to look at the clock and to start the models with `warm_up`; does not wait for them.
    public func start() {
        ticker.withLock { ticker in
            guard ticker == nil else { return }
            ticker = Task { [self] in
                var ticks = 0
                while !Task.isCancelled {
                    tick(ticks)
                    ticks += 1
                    do { try await Task.sleep(for: Self.tick) } catch { return }
                }
            }
        }
        for worker in warmOnes { worker.warm() }
        attached.start()
    }

    private func tick(_ number: Int) {
        if number % Self.rareTicks == 0 {
            saveSizes()
            if residency.gpus.isUseful { Task { await residency.gpus.look() } }
        }
        let workers = everybody
        for worker in workers { worker.tick() }
        let running = workers.filter(\.hasProcess)
        if !running.isEmpty {
            let (readings, kernelKills) = (residency.gpus.readings, OutOfMemory.kernelKills)
            for worker in running { worker.measure(readings, kernelKills: kernelKills) }
        }
        residency.changed()
    }

    private func saveSizes() {
        guard let problem = residency.book.save(), !hasToldOfSizes.exchange(true, ordering: .relaxed) else { return }
        logger.warning("what engines take cannot be kept for the next start", metadata: ["reason": .string(problem)])
    }

    /// Takes up other models, without waiting for anything. Workers of models that are not in `replacing` stay, and with
    /// them their engines and requests. Those of removed and replaced ones serve who is there and end; a replaced one's
    /// successor starts after that, so that both never hold their memory together.
    /// - Parameter replacing: names of models whose engine is started with something that has changed.
    public func apply(
        _ models: [Model], replacing: Set<String>, memory: MemorySettings = MemorySettings(), isOffline: Bool = false
    ) {
        attached.apply(models, isOffline: isOffline)
        defer { residency.update(memory) }
        let warm = crew.withLock { crew -> [Worker] in
            guard !crew.isShutDown else { return [] }
            let before = crew.workers
            var warm: [Worker] = []
            crew.workers = [:]
            for model in models where model.needsWorker {
                let old = before[model.name]
                if let old, !replacing.contains(model.name) {
                    old.update(model)
                    crew.workers[model.name] = old
                    if model.isWarm { warm.append(old) }
                    continue
                }
                let new = makeWorker(model, &crew)
                crew.workers[model.name] = new
                if let old { retire(old, successor: new, &crew) } else if model.isWarm { warm.append(new) }
            }
            for (name, old) in before where crew.workers[name] == nil { retire(old, successor: nil, &crew) }
            return warm
        }
        for worker in warm { worker.warm() }
    }

    private func retire(_ old: Worker, successor: Worker?, _ crew: inout Crew) {
        successor?.hold()
        crew.leaving.append(old)
        Task {
            await old.drain()
            self.crew.withLock { crew in crew.leaving.removeAll { $0 === old } }
            successor?.resume()
        }
    }

    private var everybody: [Worker] { crew.withLock { Array($0.workers.values) + $0.leaving } }

    private var launched: [Worker] {
        crew.withLock { Array($0.workers.values) }.filter(\.model.isLaunched)
    }

    /// The worker of a launched model, by its name or another name of it.
    func launchedWorker(_ name: String) -> Worker? {
        let workers = launched
        return workers.first { $0.name == name } ?? workers.first { $0.model.aliases.contains(name) }
    }

    private var warmOnes: [Worker] { launched.filter(\.model.isWarm) }

    /// Whether every model with `warm_up` has become ready, or has failed to.
    public var isWarm: Bool { warmOnes.allSatisfy(\.hasSettled) }

    /// One sentence for each model with `warm_up` that has failed.
    public func warmUpProblems() -> [String] {
        warmOnes.compactMap { worker in worker.failure.map { "\(worker.model.name) \($0.summary)" } }.sorted()
    }

    /// Asks for a place in the engine of a model, and starts it if need be.
    /// - Parameters:
    ///   - caller: by whom places are shared fairly.
    ///   - resume: called once, on any thread, if and only if the answer is `waiting`, unless the ticket is cancelled before.
    public func lease(
        _ model: String, for caller: LeaseCaller = LeaseCaller(),
        resume: @escaping @Sendable (Result<WorkerLease, LeaseError>) -> Void
    ) -> LeaseAnswer {
        guard let worker = crew.withLock({ $0.workers[model] }) else {
            return .refused(.unavailable("There is no engine for \(model)."))
        }
        return worker.lease(caller, resume: resume)
    }

    /// The request behind a ticket is not interested any more.
    public func cancel(_ ticket: LeaseTicket) {
        ticket.worker.cancel(ticket)
    }

    /// How a waiting request stands; nil if it does not wait any more.
    public func outlook(_ ticket: LeaseTicket) -> WaitingStatus? { ticket.worker.outlook(ticket) }

    /// Says how long the engine of a model is to stay after its last request, until it is ended. A model that its file keeps for ever
    /// stays, and attached models go their own ways.
    public func keep(_ model: String, for time: Residence) {
        guard let worker = crew.withLock({ $0.workers[model] }), worker.model.isLaunched else { return }
        worker.keep(time)
    }

    /// Gives a place back.
    public func release(_ lease: WorkerLease) {
        lease.worker.release(lease)
    }

    /// A request has waited for an engine's next byte for as long as its model's timeouts allow: has it looked whether the engine
    /// still answers at all, and ends and replaces it if not.
    public func suspect(_ lease: WorkerLease) {
        lease.worker.suspect(lease.generation)
    }

    /// Says why the engine behind a lease has ended; nil if it has not within `limit`.
    /// - Parameter resume: called once, on any thread.
    public func exitCause(
        of lease: WorkerLease, within limit: Duration, resume: @escaping @Sendable (ExitCause?) -> Void
    ) {
        lease.worker.exitCause(of: lease, within: limit, resume: resume)
    }

    /// Requests that have a place, in any model.
    var active: Int { everybody.reduce(0) { $0 + $1.status.active } }

    /// Requests that wait for a place, in any model.
    var waiting: Int { everybody.reduce(0) { $0 + $1.status.waiting } }

    /// All engines, by model name.
    public func status() -> [WorkerStatus] {
        let leaving = crew.withLock { $0.leaving }.filter(\.model.isLaunched)
        return (launched + leaving).map(\.status).sorted { $0.model < $1.model }
    }

    /// Refuses everybody who waits or comes, ends all engines, and returns when they are gone.
    public func shutdown() async {
        ticker.withLock { $0?.cancel() }
        attached.stop()
        crew.withLock { $0.isShutDown = true }
        await withTaskGroup(of: Void.self) { group in
            for worker in everybody {
                group.addTask { await worker.shutDown(grace: self.settings.stopGrace) }
            }
        }
        saveSizes()
    }
}

extension Model {
    /// Whether its places are counted: a launched one, or an attached one with a limit.
    fileprivate var needsWorker: Bool { isLaunched || limits.concurrent != nil }

    /// Whether Roundhouse starts its engine.
    var isLaunched: Bool {
        if case .launched = placement { true } else { false }
    }

    /// Whether it is to be loaded without a request.
    var isWarm: Bool { isLaunched && warmUp && unavailable == nil }
}
