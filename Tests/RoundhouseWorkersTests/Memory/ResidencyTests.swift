import Dispatch
import RoundhouseCore
import Synchronization
import Testing

@testable import RoundhouseWorkers

private let mebibyte = 1 << 20

private func budget(_ mebibytes: Int?, maxLoaded: Int? = nil) -> MemorySettings {
    var settings = MemorySettings()
    settings.budget = mebibytes.map { .bytes($0 * mebibyte) } ?? .unlimited
    settings.maxLoaded = maxLoaded
    return settings
}

private func each(_ mebibytes: Int) -> (inout Model) -> Void {
    { $0.memory.host = mebibytes * mebibyte }
}

extension Supervised {
    /// Loads a model, and leaves it idle.
    fileprivate func load(_ model: String) async throws { pool.release(try await place(model).get()) }
}

/// Where an engine would be found if its disk answered.
private final class HungDisk: EngineCommandProvider {
    private let asked = Atomic(false)
    private let reply = DispatchSemaphore(value: 0)

    var isAsked: Bool { asked.load(ordering: .acquiring) }

    func answer() { reply.signal() }

    func command(for model: Model, address: UpstreamAddress) throws -> EngineCommand {
        asked.store(true, ordering: .releasing)
        reply.wait()
        return EngineCommand(program: "/bin/true", arguments: [], environment: [:])
    }
}

/// Real processes, and a budget that not all of them fit into.
@Suite struct ResidencyTests {
    @Test func anIdleModelMakesRoom() async throws {
        try await supervise(["a": [], "b": []], change: each(100), memory: budget(150)) { engines in
            try await engines.load("a")
            try await engines.load("b")
            let (a, b) = (try engines.status("a"), try engines.status("b"))
            #expect(a.state == "stopped" && b.state == "ready")
            #expect(b.sizeBytes == 100 * mebibyte && b.sizeSource == "declared")
            try await engines.load("a")
            try await engines.waitFor("stopped", "b")
            #expect(try engines.status("b").note == "a needs 100 MiB; b with 100 MiB is idle and makes room")
            #expect(try engines.status("a").note?.hasPrefix("a needs 100 MiB, and there is room") == true)
        }
    }

    @Test func whatFitsStaysTogether() async throws {
        try await supervise(["a": [], "b": [], "c": []], change: each(50), memory: budget(150)) { engines in
            for name in ["a", "b", "c"] { try await engines.load(name) }
            for name in ["a", "b", "c"] { #expect(try engines.status(name).state == "ready") }
        }
    }

    @Test func aBusyModelIsWaitedForAndTheWaitIsExplained() async throws {
        let change: (inout Model) -> Void = { model in
            model.memory.host = 100 * mebibyte
            model.limits.queueTimeout = model.name == "b" ? .milliseconds(500) : .seconds(30)
        }
        try await supervise(["a": [], "b": [], "c": []], change: change, memory: budget(150)) { engines in
            let lease = try await engines.place("a").get()
            guard case .failure(.queueTimeout(let because, _)) = await engines.place("b") else {
                Issue.record("b was loaded beside a busy a")
                return
            }
            #expect(because?.contains("waits for a with 100 MiB (busy)") == true, "\(because ?? "nothing")")
            async let second = engines.place("c")
            try await engines.waitFor("waiting", "c")
            engines.pool.release(lease)
            engines.pool.release(try await second.get())
        }
    }

    @Test func whatNeverFitsIsRefusedAtOnceWithBothFigures() async throws {
        try await supervise(["a": []], change: each(200), memory: budget(150)) { engines in
            guard case .failure(.noRoom(let why)) = await engines.place("a") else {
                Issue.record("a was loaded over the budget")
                return
            }
            #expect(why == "a needs 200 MiB (declared), and the budget is 150 MiB")
            let status = try engines.status("a")
            #expect(status.state == "stopped" && status.problem == why)
            #expect(engines.report("a").starts.isEmpty)
        }
    }

    /// Somebody always uses a; b gets its turn all the same, and then a again.
    @Test func nobodyStarves() async throws {
        let patience: (inout WorkerSettings) -> Void = { $0.memoryPatience = .milliseconds(300) }
        try await supervise(["a": [], "b": []], change: each(100), memory: budget(150), settings: patience) { engines in
            let first = try await engines.place("a").get()
            async let other = engines.place("b")
            try await engines.waitFor("waiting", "b")
            try await waitUntil("a takes nobody new") {
                switch engines.pool.lease("a", resume: { _ in }) {
                case .waiting(let ticket):
                    engines.pool.cancel(ticket)
                    return true
                case .ready(let lease): engines.pool.release(lease)
                case .refused: break
                }
                return false
            }
            async let again = engines.place("a")
            try await waitUntil("another waits for a") { try engines.status("a").waiting == 1 }
            engines.pool.release(first)
            engines.pool.release(try await other.get())
            engines.pool.release(try await again.get())
            try await engines.waitFor("stopped", "b")
        }
    }

    /// One load hangs, another model's disk does not answer, and the rest is used as ever.
    @Test func aHungLoadBlocksNobodyElse() async throws {
        let engines = ["hung": ["--never-ready"], "a": [], "b": [], "c": []]
        try await supervise(engines, change: each(100), memory: budget(350)) { engines in
            async let hung = engines.place("hung")
            try await engines.waitFor("loading", "hung")
            for _ in 0..<3 {
                for name in ["a", "b", "c"] { try await engines.load(name) }
            }
            #expect(try engines.status("hung").state == "loading")
            await engines.pool.shutdown()
            guard case .failure(.shuttingDown) = await hung else {
                Issue.record("the hung one was answered otherwise")
                return
            }
        }
    }

    /// The thread that looks for the engine stays in the kernel, as with a file system that has gone away.
    @Test(.timeLimit(.minutes(1))) func aDiskThatDoesNotAnswerHoldsNoShutdownUp() async throws {
        let disk = HungDisk()
        try await supervise(["hung": []], settings: { $0.commands = disk }) { engines in
            async let hung = engines.place("hung")
            try await waitUntil("it looks for the engine") { disk.isAsked }
            await engines.pool.shutdown()
            guard case .failure(.shuttingDown) = await hung else {
                Issue.record("the hung one was answered otherwise")
                return
            }
            disk.answer()
        }
    }

    @Test func oneGroupOneModel() async throws {
        let change: (inout Model) -> Void = { $0.memory.groups = $0.name == "c" ? [] : ["gpu"] }
        try await supervise(["a": [], "b": [], "c": []], change: change, memory: budget(nil)) { engines in
            for name in ["c", "a", "b"] { try await engines.load(name) }
            #expect(try engines.status("a").state == "stopped")
            for name in ["b", "c"] { #expect(try engines.status(name).state == "ready") }
        }
    }

    @Test func noMoreThanSoMany() async throws {
        try await supervise(["a": [], "b": [], "c": []], memory: budget(nil, maxLoaded: 2)) { engines in
            for name in ["a", "b", "c", "a", "b"] {
                try await engines.load(name)
                #expect(engines.pool.status().filter { $0.state == "ready" }.count <= 2)
            }
        }
    }

    @Test func aPinnedModelStaysUntilItIsUnloadedByHand() async throws {
        let change: (inout Model) -> Void = { model in
            model.memory.host = 100 * mebibyte
            if model.name == "a" { model.keepAlive = nil }
        }
        try await supervise(["a": [], "b": []], change: change, memory: budget(150)) { engines in
            try await engines.pool.load("a")
            guard case .failure(.noRoom(let why)) = await engines.place("b") else {
                Issue.record("b took the place of a pinned model")
                return
            }
            #expect(why.contains("pinned a with 100 MiB"))
            #expect(try engines.pool.unload("a") == 0)
            try await engines.waitFor("stopped", "a")
            try await engines.pool.load("b")
            #expect(throws: LeaseError.self) { _ = try engines.pool.unload("nothing") }
        }
    }

    @Test func aBusyModelIsUnloadedWhenItsRequestIsAnswered() async throws {
        try await supervise([]) { engine in
            let lease = try await engine.place().get()
            #expect(try engine.pool.unload("m") == 1)
            #expect(try engine.status().state == "ready")
            engine.pool.release(lease)
            try await engine.waitFor("stopped")
        }
    }
}
