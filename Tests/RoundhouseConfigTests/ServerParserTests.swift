import Foundation
import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct ServerParserTests {
    @Test func aMissingFileMeansTheDefaults() throws {
        let fixture = try Fixture([:])
        let configuration = try #require(fixture.load().configuration)
        #expect(configuration.server == ServerSettings())
        #expect(configuration.accessLog == .standardOutput)
        #expect(configuration.keysFile == "\(fixture.root)/config/keys.yaml")
        #expect(configuration.dataDirectory == FileManager.default.currentDirectoryPath + "/data")
    }

    @Test func theCommentedExampleEqualsTheDefaults() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let example = root.deletingLastPathComponent().appendingPathComponent("config/roundhouse.yaml")
        let fixture = try Fixture(["config/roundhouse.yaml": String(contentsOf: example, encoding: .utf8)])
        let result = fixture.load()
        let other = try Fixture([:]).load().configuration
        #expect(!result.problems.contains { $0.severity == .error })
        #expect(result.configuration?.server == ServerSettings())
        #expect(result.configuration?.accessLog == .standardOutput)
        #expect(result.configuration?.dataDirectory == other?.dataDirectory)
        #expect(result.configuration?.teams.isEmpty == true)
        #expect(result.configuration?.isOffline == false)
        #expect(result.configuration?.ledger == LedgerSettings())
    }

    @Test func everyKeyArrives() throws {
        let text = """
            server:
              host: "::1"
              port: 0
              max_body: 1MiB
              max_upload: 6GB
              header_timeout: 1s
              body_timeout: 2s
              idle_timeout: 3s
              shutdown_timeout: 0s
              max_connections: 5
              allowed_hosts: [box.lan, ai]
              loops: 2
            log: {access: /tmp/a.log}
            data: /var/lib/roundhouse
            """
        let configuration = try #require(Fixture(["config/roundhouse.yaml": text]).load().configuration)
        var wanted = ServerSettings()
        wanted.host = "::1"
        wanted.port = 0
        wanted.maxBody = 1 << 20
        wanted.maxUpload = 6_000_000_000
        wanted.headerTimeout = .seconds(1)
        wanted.bodyTimeout = .seconds(2)
        wanted.idleTimeout = .seconds(3)
        wanted.shutdownTimeout = .zero
        wanted.maxConnections = 5
        wanted.allowedHosts = ["box.lan", "ai"]
        wanted.loops = 2
        #expect(configuration.server == wanted)
        #expect(configuration.accessLog == .file("/tmp/a.log"))
        #expect(configuration.dataDirectory == "/var/lib/roundhouse")
    }

    @Test(arguments: [
        ("server: {prt: 1}", 1, "`server.prt`", "`server.port`"),
        ("server:\n  port: 70000", 2, "0 to 65535", ""),
        ("server:\n  host: 127.0.0.1:8080", 2, "without port", "host: 127.0.0.1"),
        ("server:\n  max_body: 32 elephants", 2, "a size such as 32MiB, 1GiB, 6GB", "max_body: 32MiB"),
        ("server:\n  max_body: 3", 2, "1KiB to 1TiB", ""),
        ("server:\n  idle_timeout: 75", 2, "500ms, 10s, 15m or 2h", "idle_timeout: 30s"),
        ("server:\n  body_timeout: 0s", 2, "longer than nothing", "30s"),
        ("port: 8080", 1, "belongs under `server:`", "server:\n  port"),
        ("server:\nport: 8080", 2, "lost its indentation", "server:\n  port: 8080"),
        ("log: {access: [x]}", 1, "must be text", ""),
        ("data: ./d\n---\ndata: ./e", 3, "more than one document", "---"),
        ("- a", 1, "must be a mapping", "server:"),
    ])
    func mistakesAreReported(_ yaml: String, _ line: Int, _ message: String, _ fix: String) throws {
        let result = try Fixture(["config/roundhouse.yaml": yaml]).load()
        let hit = result.problems.first { $0.message.contains(message) }
        let problem = try #require(hit, "found: \(result.problems.map(\.description))")
        #expect(problem.severity == .error)
        #expect(problem.location?.line == line)
        #expect(fix.isEmpty || problem.fix?.contains(fix) == true, "fix: \(problem.fix ?? "none")")
        #expect(result.configuration == nil)
    }

    @Test(arguments: [
        ("80%", MemorySettings.Amount.percent(80)), ("12.5%", .percent(12.5)), ("48GiB", .bytes(48 << 30)),
        ("off", .unlimited),
    ])
    func memoryIsBudgeted(_ text: String, _ amount: MemorySettings.Amount) throws {
        let yaml = "memory: {budget: \(text), gpu_budget: \(text), max_loaded: 3}"
        let result = try Fixture(["config/roundhouse.yaml": yaml]).load()
        let memory = try #require(result.configuration).memory
        #expect(memory.budget == amount && memory.gpuBudget == amount && memory.maxLoaded == 3)
        let plain = try #require(try Fixture(["config/roundhouse.yaml": ""]).load().configuration).memory
        #expect(plain.budget == .percent(90) && plain.gpuBudget == .percent(95) && plain.maxLoaded == nil)
        let variables = try Fixture(["config/roundhouse.yaml": ""]).load(environment: ["ROUNDHOUSE_MEMORY_BUDGET": text]
        )
        #expect(try #require(variables.configuration).memory.budget == amount)
    }

    @Test(arguments: ["0%", "101%", "-1", "much", "0", "[1]"]) func aBudgetMustBeAPartOrASize(_ text: String) throws {
        let result = try Fixture(["config/roundhouse.yaml": "teams: {}\nmemory: {budget: \(text)}"]).load()
        #expect(result.configuration == nil)
        let problem = try #require(result.problems.first { $0.severity == .error })
        #expect(problem.location?.line == 2 && problem.fix == "write, for example: budget: 80%")
    }

    @Test func theEnvironmentWinsOverTheFile() throws {
        let fixture = try Fixture(["config/roundhouse.yaml": "server: {port: 1, host: 0.0.0.0}\nlog: {access: off}"])
        let result = fixture.load(environment: [
            "ROUNDHOUSE_SERVER_PORT": "9000", "ROUNDHOUSE_SERVER_ALLOWED_HOSTS": "a, b", "ADDRESS": "127.0.0.2:7",
            "ROUNDHOUSE_LOG_ACCESS": "stdout", "ROUNDHOUSE_SERVER_MAX_BODY": "1GiB", "API_KEY": "k1, k2,",
        ])
        let configuration = try #require(result.configuration)
        #expect(configuration.server.port == 9000)
        #expect(configuration.server.host == "127.0.0.2")
        #expect(configuration.server.allowedHosts == ["a", "b"])
        #expect(configuration.server.maxBody == 1 << 30)
        #expect(configuration.accessLog == .standardOutput)
        #expect(result.environmentKeys == [Secret("k1"), Secret("k2")])
    }

    @Test func badEnvironmentIsNamed() throws {
        let result = try Fixture([:]).load(environment: [
            "ROUNDHOUSE_SERVER_PROT": "1", "ROUNDHOUSE_SERVER_PORT": "x", "ADDRESS": "1 Main Street",
        ])
        let text = result.problems.map(\.description).joined(separator: "\n")
        #expect(result.configuration == nil)
        #expect(text.contains("did you mean ROUNDHOUSE_SERVER_PORT?"))
        #expect(text.contains("`ROUNDHOUSE_SERVER_PORT` must be a whole number, found `x`"))
        #expect(text.contains("warning: the environment variable ADDRESS is no address"))
    }

    @Test func anAddressWithoutHostIsEveryInterface() throws {
        let server = try Fixture([:]).load(environment: ["LOCALAI_ADDRESS": ":8081"]).configuration?.server
        #expect(server?.host == "0.0.0.0")
        #expect(server?.port == 8081)
    }

    @Test func foldersComeFromOptionsThenEnvironmentThenDefaults() {
        let environment = [
            "ROUNDHOUSE_MODELS": "a", "MODELS_PATH": "b", "ROUNDHOUSE_DATA": "d", "ROUNDHOUSE_CONFIG": "",
        ]
        let fromEnvironment = FolderPaths(models: nil, config: nil, data: nil, environment: environment)
        #expect(fromEnvironment.models == "a")
        #expect(fromEnvironment.config == "config")
        #expect(fromEnvironment.data == "d")
        #expect(FolderPaths(models: nil, config: nil, data: nil, environment: ["MODELS_PATH": "b"]).models == "b")
        #expect(FolderPaths(models: "m", config: "c", data: "x", environment: environment).models == "m")
        #expect(FolderPaths(models: nil, config: nil, data: nil, environment: [:]).data == nil)
    }
}
