import Foundation
import Logging
import RoundhouseClient
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

/// The engine that `make test-e2e` installs, or the one that is named or on PATH.
private enum RealEngine {
    static let locator = EngineLocator(
        dataDirectory: Built.root + "/.build/e2e/data", environment: ProcessInfo.processInfo.environment)
    static let isWanted =
        locator.problem(for: .llamaCpp) == nil
        || ProcessInfo.processInfo.environment["ROUNDHOUSE_REQUIRE_ENGINES"] == "1"
}

@Suite(.enabled(if: RealEngine.isWanted, "llama.cpp is not installed; `make test-e2e` does that"))
struct RealEngineTests {
    private struct Slot: Decodable {
        var n_ctx: Int
    }

    @Test func slotsHaveTheWholeContextAndSIGTERMStops() async throws {
        let change: (inout Model) -> Void = { model in
            var settings = LaunchSettings(weights: Built.root + "/models/roundhouse-guide.Q8_0.gguf")
            settings.contextSize = 512
            settings.parallel = 3
            settings.threads = 1
            model.placement = .launched(settings)
            model.warmUp = true
            model.keepAlive = .milliseconds(100)
        }
        // A grace that the test would not survive: what ends the engine is SIGTERM.
        let settings: (inout WorkerSettings) -> Void = { settings in
            settings.commands = RealEngine.locator
            settings.stopGrace = .seconds(600)
        }
        try await supervise(["m": []], change: change, settings: settings) { engine in
            let lease = try await engine.place().get()
            let answer = try await HTTPClient.collect(
                ClientRequest("GET", "/slots"), at: lease.endpoint.address, timeout: .seconds(60))
            let slots = try JSONDecoder().decode([Slot].self, from: Data(answer.body))
            #expect(slots.map(\.n_ctx) == [512, 512, 512])
            let pid = try #require(try engine.status().pid)
            #expect(try Processes.openFiles(of: pid)[0] == "/dev/null")
            engine.pool.release(lease)
            try await engine.waitFor("stopped")
            #expect(!Processes.isAlive(pid))
            #expect(try engine.status().problem == nil)
        }
    }

    /// Each option in its rarer form, so that a build that has dropped one shows here and not at a user's.
    @Test(arguments: [false, true]) func everyOptionIsAccepted(embeds: Bool) async throws {
        let change: (inout Model) -> Void = { model in
            var settings = LaunchSettings(weights: Built.root + "/models/roundhouse-guide.Q8_0.gguf")
            settings.contextSize = 256
            settings.parallel = 2
            settings.gpuLayers = 0
            settings.threads = 1
            settings.batch = 64
            settings.embeddings = embeds
            settings.pooling = embeds ? "mean" : nil
            settings.mmap = false
            settings.mlock = embeds
            settings.flashAttention = "auto"
            settings.cacheTypeK = "f16"
            settings.cacheTypeV = "f16"
            settings.promptCacheMiB = 16
            model.placement = .launched(settings)
            model.capabilities = embeds ? [.embeddings] : [.chat]
            model.warmUp = true
        }
        try await supervise(["m": []], change: change, settings: { $0.commands = RealEngine.locator }) { engine in
            try await waitUntil("settled") { engine.pool.isWarm }
            #expect(engine.pool.warmUpProblems().isEmpty)
            #expect(try engine.status().state == "ready")
        }
    }

    @Test func weightsThatOnlyTheEngineKnowsToBeBrokenAreExplained() async throws {
        let weights = try TemporaryFolder()
        let path = try weights.write(TemporaryFolder.emptyGGUF, to: "broken.gguf")
        let change: (inout Model) -> Void = { $0.placement = .launched(LaunchSettings(weights: path)) }
        try await supervise(["m": []], change: change, settings: { $0.commands = RealEngine.locator }) { engine in
            let (cause, _) = try await engine.failure()
            #expect(cause.summary.hasPrefix("exited with code"))
            #expect(cause.output.contains { $0.contains("broken.gguf") }, "\(cause.output)")
        }
        try weights.remove()
    }
}
