import Foundation
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

@Suite struct EngineIsolationTests {
    @Test func nothingButTheStandardStreamsReachesAnEngine() async throws {
        // Descriptors of this process that are not closed by exec, as careless libraries leave them.
        let careless = open("/dev/zero", O_RDONLY)
        defer { close(careless) }
        try await supervise(["first": [], "second": []]) { engine in
            let leases = [try await engine.place("first").get(), try await engine.place("second").get()]
            for name in ["first", "second"] {
                let start = try #require(engine.report(name).starts.first)
                #expect(start.files.keys.sorted() == [0, 1, 2])
                #expect(start.files[0] == "/dev/null")
                #expect(start.files[1] == start.files[2] && start.files[1]?.hasPrefix("pipe:") == true)
                #expect(start.oomScore == "500")
                // A lifeline of the other engine in the hands of this one's launcher would keep the other one alive.
                let files = try Processes.openFiles(of: start.launcher)
                #expect(files.values.filter { $0.hasPrefix("pipe:") || $0.hasPrefix("socket:") }.count == 3, "\(files)")
                #expect(!files.values.contains("/dev/zero"), "\(files)")
                #expect(Processes.isAlive(start.launcher))
            }
            for lease in leases { engine.pool.release(lease) }
        }
    }

    @Test func engineIsInASessionOfItsOwn() async throws {
        try await supervise([]) { engine in
            let lease = try await engine.place().get()
            let start = try #require(engine.report().starts.first)
            #expect(getsid(start.pid) == start.launcher && getsid(start.pid) != getsid(0))
            engine.pool.release(lease)
        }
    }

    @Test func secretsStayWithTheGateway() async throws {
        let folder = try TemporaryFolder()
        defer { #expect(throws: Never.self) { try folder.remove() } }
        let kept = [
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "CUDA_VISIBLE_DEVICES": "1",
        ]
        let secrets = [
            "ROUNDHOUSE_API_KEY": "a", "ROUNDHOUSE_SERVER_PORT": "b", "OPENAI_API_KEY": "c", "LOCALAI_API_KEY": "d",
            "API_KEY": "e", "HF_TOKEN": "f", "AWS_SECRET_ACCESS_KEY": "g", "DB_PASSWORD": "h", "LLAMA_ARG_HOST": "i",
            "LLAMA_API_KEY": "j", "openai_api_key": "k", "CLIENT_SECRET": "l", "GOOGLE_APPLICATION_CREDENTIALS": "m",
            "OPENAI_API_KEY_2": "n", "DATABASE_URL": "postgres://me:secret@host/db",
        ]
        let change: (inout WorkerSettings) -> Void = { settings in
            settings.commands = FakeEngines(
                arguments: ["m": []], reports: folder.path, environment: kept.merging(secrets) { first, _ in first })
        }
        try await supervise([], settings: change) { engine in
            engine.pool.release(try await engine.place().get())
            let environment = try #require(EngineReport(folder.path + "/m.report").starts.first).environment
            for name in secrets.keys { #expect(environment[name] == nil, "\(name) has reached the engine") }
            for (name, value) in kept { #expect(environment[name] == value, "\(name) is missing") }
            // Nothing else comes along from this process.
            let added = ["HF_HUB_OFFLINE", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "ROUNDHOUSE_RUNTIME"]
            #expect(environment.keys.sorted() == (kept.keys + added).sorted())
        }
    }

    @Test func whatAnEnginePrintsIsKept() async throws {
        try await supervise(["--spam", "5000", "--exit-on-request", "3"]) { engine in
            let lease = try await engine.place().get()
            await #expect(throws: (any Error).self) { try await engine.ask(lease) }
            let cause = try #require(await engine.exitCause(of: lease))
            #expect(cause.output == (4980..<5000).map { "line \($0)" })
            #expect(contents(engine.folder + "/logs/m.log") == (0..<5000).map { "line \($0)\n" }.joined())
        }
    }
}
