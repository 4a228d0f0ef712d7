import Logging
import RoundhouseCore
import Synchronization
import Testing

@testable import RoundhouseWorkers

/// Attached models with `limits.concurrent` have places and a queue, and no process.
@Suite struct AttachedPlacesTests {
    private struct NoCommands: EngineCommandProvider {
        func command(for model: Model, address: UpstreamAddress) throws -> EngineCommand {
            throw EngineMissing("nothing is launched here")
        }
    }

    private func pool(concurrent: Int, queue: Int) -> WorkerPool {
        let endpoint = Endpoint(address: .tcp(host: "127.0.0.1", port: 9, tls: false), hostHeader: "x")
        var model = Model(
            name: "far", profile: .openAI, source: SourceLocation(file: "far.yaml", line: 1),
            placement: .attached([endpoint]))
        model.limits.concurrent = concurrent
        model.limits.queue = queue
        let settings = WorkerSettings(
            runtimeDirectory: "/nowhere", logDirectory: nil, launcher: "/nowhere", commands: NoCommands())
        return WorkerPool(models: [model], settings: settings, logger: Logger(label: "test"))
    }

    @Test func aPlaceGivenBackGoesToWhoeverWaits() throws {
        let pool = pool(concurrent: 1, queue: 1)
        let granted = Mutex(0)
        guard case .ready(let first) = pool.lease("far", resume: { _ in }) else {
            Issue.record("the first request has to wait")
            return
        }
        guard case .waiting = pool.lease("far", resume: { _ in granted.withLock { $0 += 1 } }) else {
            Issue.record("the second request does not wait")
            return
        }
        guard case .refused(.queueFull) = pool.lease("far", resume: { _ in }) else {
            Issue.record("the third request is not refused")
            return
        }
        #expect(granted.withLock { $0 } == 0)
        pool.release(first)
        #expect(granted.withLock { $0 } == 1)
    }

    @Test func noProcessIsShownAndNoneIsWaitedFor() async {
        let pool = pool(concurrent: 1, queue: 1)
        pool.start()
        #expect(pool.isWarm)
        #expect(pool.status().isEmpty)
        await pool.shutdown()
        guard case .refused(.shuttingDown) = pool.lease("far", resume: { _ in }) else {
            Issue.record("a pool that is shut down still gives places")
            return
        }
    }
}
