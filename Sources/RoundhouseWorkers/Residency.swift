internal import Logging
internal import RoundhouseCore
internal import Synchronization

/// A model that waits for room in memory.
struct MemoryWant: Sendable {
    var worker: Worker
    var ask: MemoryAsk
    /// Since when somebody waits for it.
    var since: ContinuousClock.Instant
    var priority: Priority
}

/// Has the planner decide which engines are in memory, and the workers do it. One decision at a time; nothing in it waits. Safe to call
/// from any thread.
final class Residency: Sendable {
    private struct State {
        var settings: MemorySettings
        var members: (@Sendable () -> [Worker])?
        var isDeciding = false
        var mustDecideAgain = false
    }

    private let state: Mutex<State>
    /// Whether anybody waits for room: most of the time nobody does, and what happens is of no interest.
    private let isWanted = Atomic(false)
    let book: SizeBook
    let gpus: GPUWatch

    private let patience: Duration

    /// - Parameter patience: whoever has waited so long for memory that others use gets it: they take no new requests until it has been
    ///   freed.
    init(settings: MemorySettings, book: SizeBook, gpus: GPUWatch, patience: Duration = .seconds(10)) {
        self.patience = patience
        state = Mutex(State(settings: settings))
        self.book = book
        self.gpus = gpus
    }

    /// Says who takes part.
    func begin(_ members: @escaping @Sendable () -> [Worker]) { state.withLock { $0.members = members } }

    /// The files say something else about the budget.
    func update(_ settings: MemorySettings) {
        state.withLock { $0.settings = settings }
        changed()
    }

    /// What all engines may take together.
    var budget: MemoryBudget {
        let settings = state.withLock { $0.settings }
        let devices = (gpus.readings?.totals ?? [:]).compactMapValues { settings.gpuBudget.bytes(of: $0) }
        return MemoryBudget(
            host: settings.budget.bytes(of: MachineMemory.total()), devices: devices, maxLoaded: settings.maxLoaded)
    }

    /// Says how much memory models will take.
    var sizer: ModelSizer { ModelSizer(book: book, devices: (gpus.readings?.totals.keys).map { $0.sorted() } ?? []) }

    /// A worker wants its model in memory.
    func wanted(_ worker: Worker) {
        isWanted.store(true, ordering: .sequentiallyConsistent)
        worker.lookUpSize(sizer) { self.changed() }
    }

    /// Something has happened that may make room.
    func changed() {
        guard isWanted.load(ordering: .sequentiallyConsistent) else { return }
        let begins = state.withLock { state in
            state.mustDecideAgain = true
            guard !state.isDeciding else { return false }
            state.isDeciding = true
            return true
        }
        guard begins else { return }
        Task {
            while goesOn() { decide() }
        }
    }

    private func goesOn() -> Bool {
        state.withLock { state in
            state.isDeciding = state.mustDecideAgain
            state.mustDecideAgain = false
            return state.isDeciding
        }
    }

    private func decide() {
        let now = ContinuousClock.now
        guard let members = state.withLock({ $0.members })?() else { return }
        isWanted.store(false, ordering: .sequentiallyConsistent)
        let planner = MemoryPlanner(budget: budget)
        var loaded = members.compactMap { $0.loaded(now: now) }
        var yielding: Set<String> = []
        for want in members.compactMap({ $0.want(now: now) }).sorted(by: { goes($0, before: $1, now: now) }) {
            let verdict = planner.verdict(on: want.ask, loaded: loaded, now: now)
            want.worker.note(verdict.reason)
            switch verdict.decision {
            case .load: want.worker.admit()
            case .refuse: want.worker.refuse(verdict.reason)
            case .evict(let names):
                for worker in members where names.contains(worker.name) {
                    worker.note(verdict.reason)
                    worker.evict()
                }
                for index in loaded.indices where names.contains(loaded[index].name) { loaded[index].state = .stopping }
            case .wait(let names, _):
                want.worker.mustWait()
                let isOverdue = now - want.since >= patience
                // Who is loading has to serve those who wait for it first, or two models could send each other away for ever.
                if isOverdue {
                    yielding.formUnion(loaded.filter { $0.state != .loading && names.contains($0.name) }.map(\.name))
                }
                let isSoon = names.allSatisfy { name in loaded.contains { $0.name == name && $0.state == .stopping } }
                // Others may have what is free until then, but not what has been freed for this one.
                guard isOverdue || isSoon else { continue }
            }
            if verdict.decision != .refuse {
                loaded.append(LoadedModel(name: want.ask.name, size: want.ask.size, state: .loading, readySince: now))
            }
        }
        for worker in members { worker.yield(yielding.contains(worker.name)) }
        if members.contains(where: \.isWanting) { isWanted.store(true, ordering: .sequentiallyConsistent) }
    }

    /// Who has waited too long goes first, then whose requests are of higher priority, then who has waited longer.
    private func goes(_ one: MemoryWant, before other: MemoryWant, now: ContinuousClock.Instant) -> Bool {
        let (mine, its) = (now - one.since >= patience, now - other.since >= patience)
        if mine != its { return mine }
        return one.priority != other.priority ? one.priority > other.priority : one.since < other.since
    }
}
