import RoundhouseClient
import RoundhouseCore
import Synchronization
import Testing

@testable import RoundhouseWorkers

@Suite struct EngineStartTests {
    @Test func slowStarterIsWaitedFor() async throws {
        try await supervise(["--slow-start", "400"]) { engine in
            #expect(try engine.status().state == "stopped")
            let lease = try await engine.place().get()
            #expect(lease.loadMicroseconds >= 400_000)
            let status = try engine.status()
            #expect(status.state == "ready" && status.active == 1 && status.restarts == 0 && status.problem == nil)
            #expect(status.pid == engine.report().starts.first?.pid)
            let answer = try await engine.ask(lease)
            #expect(answer.head.status == 200 && answer.body.contains("Hello there"))
            let stream = try await engine.ask(lease, stream: true)
            #expect(stream.body.hasSuffix("data: [DONE]\n\n") && stream.body.contains("\"usage\""))
            engine.pool.release(lease)
            #expect(try engine.status().active == 0)
        }
    }

    @Test func hundredFirstRequestsAreOneStart() async throws {
        try await supervise(["--slow-start", "300"]) { engine in
            let granted = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        guard case .success(let lease) = await engine.place() else { return false }
                        engine.pool.release(lease)
                        return true
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(granted == 100)
            #expect(engine.report().starts.count == 1)
            let status = try engine.status()
            #expect(status.active == 0 && status.state == "ready")
        }
    }

    @Test func everyEngineHasASocketOfItsOwn() async throws {
        try await supervise(["a/b": [], "a_b": []]) { engine in
            let first = try await engine.place("a/b").get()
            let second = try await engine.place("a_b").get()
            #expect(first.endpoint.address != second.endpoint.address)
            let answers = [try await engine.ask(first), try await engine.ask(second)]
            #expect(answers.allSatisfy { $0.head.status == 200 })
        }
    }

    @Test func warmUpAsksForATokenBeforeTheEngineCounts() async throws {
        try await supervise(["--slow-start", "200"], change: { $0.warmUp = true }) { engine in
            #expect(!engine.pool.isWarm)
            try await waitUntil("warm") { engine.pool.isWarm }
            #expect(try engine.status().state == "ready" && engine.report().starts.count == 1)
            #expect(engine.pool.warmUpProblems().isEmpty)
        }
    }

    @Test func failedWarmUpIsAFailedStart() async throws {
        try await supervise(["--fail-request", "500"], change: { $0.warmUp = true }) { engine in
            try await waitUntil("settled") { engine.pool.isWarm }
            try await waitUntil("a problem") { !engine.pool.warmUpProblems().isEmpty }
            let problem = try #require(engine.pool.warmUpProblems().first)
            #expect(problem.contains("failed its warm-up request") && problem.contains("no answer today"))
        }
    }

    @Test func modelWithoutAnEngineIsRefused() async throws {
        try await supervise(["m": []]) { engine in
            guard case .refused(.unavailable(let why)) = engine.pool.lease("other", resume: { _ in }) else {
                Issue.record("there is an engine for a model that is not there")
                return
            }
            #expect(why.contains("other"))
        }
    }

    @Test func engineThatIsMissingSaysWhatToDo() async throws {
        struct Missing: EngineCommandProvider {
            func command(for model: Model, address: UpstreamAddress) throws -> EngineCommand {
                throw EngineMissing("Run `roundhouse engines install llama-cpp`.")
            }
        }
        try await supervise([], settings: { $0.commands = Missing() }) { engine in
            let (cause, _) = try await engine.failure()
            #expect(cause.summary == "could not be started: Run `roundhouse engines install llama-cpp`.")
        }
    }

    @Test func programThatCannotBeStartedSaysSo() async throws {
        struct Nowhere: EngineCommandProvider {
            func command(for model: Model, address: UpstreamAddress) throws -> EngineCommand {
                EngineCommand(program: "/nowhere/llama-server", arguments: [], environment: [:])
            }
        }
        try await supervise([], settings: { $0.commands = Nowhere() }) { engine in
            let (cause, _) = try await engine.failure()
            #expect(cause.summary == "exited with code 127")
            #expect(cause.output == ["cannot start /nowhere/llama-server: No such file or directory"])
        }
        try await supervise([], settings: { $0.launcher = "/nowhere/roundhouse" }) { engine in
            let (cause, _) = try await engine.failure()
            #expect(cause.summary.hasPrefix("could not be started: "))
        }
    }
}
