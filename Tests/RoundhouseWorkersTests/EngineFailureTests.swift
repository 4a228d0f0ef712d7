import Foundation
import RoundhouseClient
import RoundhouseCore
import Synchronization
import Testing

@testable import RoundhouseWorkers

@Suite struct EngineFailureTests {
    @Test func crashAtTheStartIsReportedAndPaused() async throws {
        try await supervise(["--crash-at-start", "7"]) { engine in
            let first = try await engine.failure()
            #expect(first.cause.summary == "exited with code 7")
            #expect(first.cause.output == ["out of luck", "nothing will come of this"])
            #expect(first.cause.explanation(withOutput: true).hasSuffix("out of luck | nothing will come of this"))
            #expect(try engine.status().state == "failed")
            // The second try is made at once, the third only after a pause.
            #expect(try await engine.failure().retryAfter == 10)
            let third = try await engine.failure()
            #expect((8...10).contains(third.retryAfter) && third.cause.summary == "exited with code 7")
            #expect(engine.report().starts.count == 2)
            let status = try engine.status()
            #expect(status.state == "failed" && status.problem == "exited with code 7" && status.restarts == 1)
            #expect(status.pid == nil && status.address == nil)
        }
    }

    @Test func exitWithoutAnErrorIsAFailureToo() async throws {
        try await supervise(["--exit-zero", "--spam", "2"]) { engine in
            let (cause, _) = try await engine.failure()
            #expect(cause == ExitCause("exited with code 0", output: ["line 0", "line 1"]))
            #expect(try engine.status().state == "failed")
        }
    }

    @Test func lastWordsAreThoseOfTheRunThatFailed() async throws {
        try await supervise(["--crash-at-start", "7"]) { engine in
            for _ in 1...2 {
                let cause = try await engine.failure().cause
                #expect(cause.output == ["out of luck", "nothing will come of this"])
            }
        }
    }

    @Test(arguments: [
        (["--segfault-on-request"], "was killed by signal 11 (SIGSEGV)"),
        (["--exit-on-request", "3"], "exited with code 3"),
    ])
    func crashOfAReadyEngineIsExplainedAndMendedOnce(arguments: [String], summary: String) async throws {
        try await supervise(arguments + ["--grandchildren", "3"]) { engine in
            for run in 1...2 {
                let lease = try await engine.place().get()
                try await waitUntil("children") { engine.report().children.count == run * 3 }
                await #expect(throws: (any Error).self) { try await engine.ask(lease) }
                let cause = try #require(await engine.exitCause(of: lease))
                #expect(cause.summary == summary)
                // Said again to whoever asks later.
                #expect(await engine.exitCause(of: lease) == cause)
                engine.pool.release(lease)
                let report = engine.report()
                #expect(report.starts.count == run)
                #expect(!(report.children + report.starts.map(\.pid)).contains { Processes.isAlive($0) })
            }
            let (cause, retryAfter) = try await engine.failure()
            #expect(cause.summary == summary && (8...10).contains(retryAfter))
            #expect(try engine.status().restarts == 1)
        }
    }

    @Test func deathInTheMiddleOfAnAnswerIsExplained() async throws {
        try await supervise(["--die-mid-answer"]) { engine in
            let lease = try await engine.place().get()
            let (head, body) = try await HTTPClient.stream(
                ClientRequest("POST", "/v1/chat/completions", body: Array(#"{"stream":true}"#.utf8)),
                at: lease.endpoint.address)
            #expect(head.status == 200)
            var text = ""
            for try await piece in body { text += String(decoding: piece, as: UTF8.self) }
            #expect(text.contains(" there") && !text.contains("[DONE]"))
            let cause = try #require(await engine.exitCause(of: lease))
            #expect(cause.summary.hasPrefix("was killed by signal 9 (SIGKILL)"))
        }
    }

    @Test func engineThatHangsIsEndedAndReplaced() async throws {
        try await supervise(["--grandchildren", "2"], settings: { $0.livenessPatience = .milliseconds(300) }) {
            engine in
            let lease = try await engine.place().get()
            try await waitUntil("children") { engine.report().children.count == 2 }
            let first = try #require(engine.report().starts.first?.pid)
            kill(first, SIGSTOP)
            engine.pool.suspect(lease)
            let cause = try #require(await engine.exitCause(of: lease))
            #expect(cause.summary.hasPrefix("stopped answering") && cause.summary.contains("GET /health"))
            engine.pool.release(lease)
            let second = try await engine.place().get()
            #expect(try await engine.ask(second).head.status == 200)
            let report = engine.report()
            #expect(report.starts.count == 2 && !Processes.isAlive(first))
            #expect(try engine.status().problem == cause.summary)
        }
    }

    /// A request may hang while the engine is well, and all others are served by it.
    @Test func engineInWhichOneRequestHangsIsLeftAlone() async throws {
        try await supervise(["--obey"], settings: { $0.livenessPatience = .seconds(60) }) { engine in
            let lease = try await engine.place().get()
            let stalled = Task { try await engine.ask(lease, "stall") }
            engine.pool.suspect(lease)
            try await waitUntil("it has been looked") { lease.worker.guarded.withLock { $0.suspect == nil } }
            #expect(try engine.status().state == "ready" && engine.report().starts.count == 1)
            #expect(try await engine.ask(lease).head.status == 200)
            kill(try #require(engine.report().starts.first?.pid), SIGKILL)
            await #expect(throws: (any Error).self) { try await stalled.value }
        }
    }

    @Test func livingEngineHasNoExitCause() async throws {
        try await supervise([]) { engine in
            let lease = try await engine.place().get()
            #expect(await engine.exitCause(of: lease, within: .milliseconds(50)) == nil)
            #expect(try await engine.ask(lease).head.status == 200)
        }
    }

    @Test func whoWaitsWhenAReadyEngineCrashesGetsTheNextRun() async throws {
        try await supervise(["--exit-on-request", "3"], change: { $0.limits.concurrent = 1 }) { engine in
            let first = try await engine.place().get()
            async let second = engine.place()
            try await waitUntil("second waits") { try engine.status().waiting == 1 }
            await #expect(throws: (any Error).self) { try await engine.ask(first) }
            let lease = try await second.get()
            #expect(lease.endpoint.address != first.endpoint.address)
            engine.pool.release(first)
            #expect(try engine.status().active == 1, "a lease of the run before must not free a place")
            #expect(engine.report().starts.count == 2)
        }
    }

    @Test func engineThatNeverBecomesReadyIsKilled() async throws {
        var patient: Model?
        try await supervise(
            ["--never-ready", "--ignore-term", "--grandchildren", "2", "--spam", "1"],
            change: {
                $0.timeouts.load = .seconds(600)
                patient = $0
            }
        ) { engine in
            async let failed = engine.failure()
            // On a busy machine a process takes its time to come to print. Its time is over only when it has.
            try await waitUntil("the engine has printed") {
                contents("\(engine.folder)/logs/m.log")?.contains("line 0") == true
            }
            var hasty = try #require(patient)
            hasty.timeouts.load = .seconds(1)
            engine.pool.apply([hasty], replacing: [])
            let (cause, _) = try await failed
            #expect(cause.summary == "was not ready within 1 s (timeouts.load of the model)")
            #expect(cause.output.contains("line 0"))
            try await engine.waitFor("failed")
            #expect(try Processes.naming(engine.folder).isEmpty)
            #expect(try engine.status().problem == cause.summary)
        }
    }

    @Test func deathOfTheLauncherEndsTheEngine() async throws {
        try await supervise([]) { engine in
            let lease = try await engine.place().get()
            let start = try #require(engine.report().starts.first)
            kill(start.launcher, SIGKILL)
            let cause = try #require(await engine.exitCause(of: lease))
            #expect(cause.summary.hasPrefix("was killed by signal 9"))
            try await waitUntil("engine is gone") { !Processes.isAlive(start.pid) }
        }
    }
}
