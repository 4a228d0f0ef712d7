import Foundation
import RoundhouseClient
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

@Suite struct EngineStopTests {
    @Test func idleEngineIsUnloadedAndComesBack() async throws {
        try await supervise(
            ["--grandchildren", "3"], change: { $0.keepAlive = .milliseconds(100) },
            settings: { $0.stopGrace = .seconds(600) }
        ) { engine in
            for run in 1...2 {
                let lease = try await engine.place().get()
                try await waitUntil("children") { engine.report().children.count == run * 3 }
                engine.pool.release(lease)
                try await engine.waitFor("stopped")
                // Children in sessions of their own and orphans among them, none of which SIGTERM ends.
                #expect(try Processes.naming(engine.folder).isEmpty)
                #expect(try engine.status().problem == nil && engine.status().restarts == 0)
            }
            #expect(engine.report().starts.count == 2)
        }
    }

    @Test func busyEngineIsNotUnloaded() async throws {
        try await supervise(["busy": [], "idle": []], change: { $0.keepAlive = .milliseconds(50) }) { engine in
            let lease = try await engine.place("busy").get()
            engine.pool.release(try await engine.place("idle").get())
            try await engine.waitFor("stopped", "idle")
            #expect(try engine.status("busy").state == "ready")
            #expect(try await engine.ask(lease).head.status == 200)
        }
    }

    @Test func engineThatIgnoresSIGTERMIsKilledAfterTheGrace() async throws {
        try await supervise(
            ["--ignore-term", "--grandchildren", "2"], change: { $0.keepAlive = .milliseconds(50) },
            settings: { $0.stopGrace = .milliseconds(300) }
        ) { engine in
            let lease = try await engine.place().get()
            try await waitUntil("children") { engine.report().children.count == 2 }
            engine.pool.release(lease)
            try await engine.waitFor("stopping")
            let begin = ContinuousClock.now
            try await engine.waitFor("stopped")
            #expect(ContinuousClock.now - begin >= .milliseconds(200), "it was killed without a grace")
            #expect(try Processes.naming(engine.folder).isEmpty)
            #expect(try engine.status().problem == nil)
        }
    }

    @Test func shutdownWhileLoadingRefusesWhoWaits() async throws {
        try await supervise(["--never-ready", "--ignore-term"], settings: { $0.stopGrace = .milliseconds(100) }) {
            engine in
            async let first = engine.place()
            async let second = engine.place()
            try await waitUntil("the engine runs") { !engine.report().starts.isEmpty }
            try await waitUntil("both wait") { try engine.status().waiting == 2 }
            await engine.pool.shutdown()
            for answer in [await first, await second, await engine.place()] {
                guard case .failure(.shuttingDown) = answer else {
                    Issue.record("not refused because of the shutdown: \(answer)")
                    continue
                }
            }
            #expect(try Processes.naming(engine.folder).isEmpty)
        }
    }

    /// The process is asked to end before it is there, while it starts, or soon after.
    @Test(arguments: [0, 0, 1, 3, 10, 30, 100]) func shutdownRightAfterTheStartLeavesNothing(milliseconds: Int)
        async throws
    {
        try await supervise(["--grandchildren", "2"]) { engine in
            async let answer = engine.place()
            try await waitUntil("a start") { try engine.status().state != "stopped" }
            try await Task.sleep(for: .milliseconds(milliseconds))
            await engine.pool.shutdown()
            if case .success(let lease) = await answer { engine.pool.release(lease) }
            #expect(try Processes.naming(engine.folder).isEmpty)
            #expect(try engine.status().pid == nil)
        }
    }

    @Test func shutdownOfAPoolThatStartedNothing() async throws {
        try await supervise([]) { engine in
            await engine.pool.shutdown()
            #expect(engine.report().starts.isEmpty)
            guard case .failure(.shuttingDown) = await engine.place() else {
                Issue.record("a pool that has ended gives places")
                return
            }
        }
    }
}

@Suite struct EngineQueueTests {
    @Test func queueTimeoutRefusesWhoWaitsTooLong() async throws {
        let change: (inout Model) -> Void = { model in
            model.limits.concurrent = 1
            model.limits.queueTimeout = .milliseconds(100)
        }
        try await supervise([], change: change) { engine in
            let lease = try await engine.place().get()
            guard case .failure(.queueTimeout(_, let retryAfter)) = await engine.place() else {
                Issue.record("no queue timeout")
                return
            }
            #expect(retryAfter >= 1)
            engine.pool.release(lease)
            engine.pool.release(try await engine.place().get())
            #expect(try engine.status().active == 0)
        }
    }

    @Test func fullQueueRefuses() async throws {
        let change: (inout Model) -> Void = { model in
            model.limits.concurrent = 1
            model.limits.queue = 1
        }
        try await supervise([], change: change) { engine in
            let lease = try await engine.place().get()
            async let second = engine.place()
            try await waitUntil("second waits") { try engine.status().waiting == 1 }
            guard case .failure(.queueFull) = await engine.place() else {
                Issue.record("the queue is not full")
                return
            }
            engine.pool.release(lease)
            let next = try await second.get()
            #expect(next.queueMicroseconds > 0 && next.loadMicroseconds == 0)
            engine.pool.release(next)
        }
    }

    @Test func cancelledTicketGetsNothingAndBlocksNobody() async throws {
        try await supervise([], change: { $0.limits.concurrent = 1 }) { engine in
            let lease = try await engine.place().get()
            let answer = engine.pool.lease("m") { _ in Issue.record("a cancelled ticket was answered") }
            guard case .waiting(let ticket) = answer else {
                Issue.record("not waiting but \(answer)")
                return
            }
            async let third = engine.place()
            try await waitUntil("both wait") { try engine.status().waiting == 2 }
            engine.pool.cancel(ticket)
            engine.pool.cancel(ticket)
            #expect(try engine.status().waiting == 1)
            engine.pool.release(lease)
            engine.pool.release(try await third.get())
            #expect(try engine.status().active == 0)
        }
    }

    @Test func ticketCancelledWhileLoadingDoesNotStopTheLoad() async throws {
        try await supervise(["--slow-start", "200"]) { engine in
            guard case .waiting(let ticket) = engine.pool.lease("m", resume: { _ in Issue.record("answered") }) else {
                Issue.record("not waiting")
                return
            }
            try await engine.waitFor("loading")
            engine.pool.cancel(ticket)
            try await engine.waitFor("ready")
            #expect(try engine.status().active == 0)
        }
    }
}
