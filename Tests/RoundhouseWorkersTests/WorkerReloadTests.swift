import Foundation
import RoundhouseClient
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

/// Other files under a running pool.
@Suite struct WorkerReloadTests {
    private func models(_ names: String..., change: (inout Model) -> Void = { _ in }) -> [Model] {
        names.map { name in
            var model = Model(
                name: name, profile: .llamaCpp, source: SourceLocation(file: "test.yaml", line: 1),
                placement: .launched(LaunchSettings(weights: Built.weights)))
            change(&model)
            return model
        }
    }

    @Test func aModelThatIsTheSameKeepsItsEngine() async throws {
        try await supervise([]) { engine in
            let lease = try await engine.place().get()
            let pid = try engine.status().pid
            for _ in 0..<20 { engine.pool.apply(models("m"), replacing: []) }
            #expect(try await engine.ask(lease).head.status == 200)
            #expect(try engine.status().pid == pid)
            #expect(engine.report().starts.count == 1)
            engine.pool.release(lease)
        }
    }

    @Test func aChangedModelServesItsRequestsAndThenStartsAnew() async throws {
        try await supervise([]) { engine in
            let old = try await engine.place().get()
            engine.pool.apply(models("m"), replacing: ["m"])
            async let next = engine.place()
            try await waitUntil("the new one is waited for") {
                engine.pool.status().contains { $0.model == "m" && $0.waiting == 1 }
            }
            #expect(engine.report().starts.count == 1, "both at once would need the memory twice")
            #expect(try await engine.ask(old).head.status == 200)
            engine.pool.release(old)
            let new = try await next.get()
            #expect(engine.report().starts.count == 2)
            #expect(try await engine.ask(new).head.status == 200)
            engine.pool.release(new)
            try await waitUntil("the old one is gone") { engine.pool.status().count == 1 }
        }
    }

    @Test func changesInARowLeaveOneEngine() async throws {
        try await supervise([]) { engine in
            let first = try await engine.place().get()
            for _ in 0..<5 { engine.pool.apply(models("m"), replacing: ["m"]) }
            async let next = engine.place()
            engine.pool.release(first)
            let last = try await next.get()
            try await waitUntil("the others are gone") { engine.pool.status().count == 1 }
            #expect(engine.report().starts.count == 2)
            engine.pool.release(last)
        }
    }

    @Test func aRemovedModelServesItsRequestsAndEnds() async throws {
        try await supervise(["m": [], "other": []]) { engine in
            let lease = try await engine.place().get()
            engine.pool.apply(models("other"), replacing: [])
            guard case .failure(.unavailable) = await engine.place() else {
                Issue.record("a removed model has given a place")
                return
            }
            try await engine.waitFor("draining")
            #expect(try await engine.ask(lease).head.status == 200)
            engine.pool.release(lease)
            try await waitUntil("it has ended") { engine.pool.status().map(\.model) == ["other"] }
        }
    }

    @Test func aNewModelCanBeUsedAndWarmsUp() async throws {
        try await supervise(["m": [], "new": []]) { engine in
            engine.pool.apply(models("m"), replacing: [])
            engine.pool.apply(models("m", "new") { $0.warmUp = $0.name == "new" }, replacing: [])
            try await engine.waitFor("ready", "new")
            engine.pool.release(try await engine.place("new").get())
        }
    }

    @Test func whoWaitsInTheQueueOfAChangedModelIsServed() async throws {
        try await supervise(["m": []], change: { $0.limits.concurrent = 1 }) { engine in
            let first = try await engine.place().get()
            async let waiting = engine.place()
            try await waitUntil("it waits") { try engine.status().waiting == 1 }
            engine.pool.apply(models("m"), replacing: ["m"])
            engine.pool.release(first)
            let second = try await waiting.get()
            #expect(try await engine.ask(second).head.status == 200)
            engine.pool.release(second)
            try await waitUntil("the old one is gone") { engine.pool.status().count == 1 }
        }
    }

    @Test func otherLimitsHoldAtOnce() async throws {
        try await supervise(["m": []], change: { $0.limits.concurrent = 1 }) { engine in
            let first = try await engine.place().get()
            engine.pool.apply(models("m") { $0.limits.concurrent = 2 }, replacing: [])
            let second = try await engine.place().get()
            #expect(engine.report().starts.count == 1)
            engine.pool.release(first)
            engine.pool.release(second)
        }
    }
}
