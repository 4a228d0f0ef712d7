import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

@Suite struct LlamaCppCommandTests {
    private static let program = EngineLocator.LlamaServer.program("/usr/bin/llama-server")
    private static let wheel = EngineLocator.LlamaServer.wheel(python: "/venv/bin/python", script: "/engines/serve.py")
    private static let both = [program, wheel]

    private func command(
        _ server: EngineLocator.LlamaServer, _ change: (inout LaunchSettings) -> Void = { _ in }
    ) -> EngineCommand {
        var settings = LaunchSettings(weights: "/models/a.gguf")
        change(&settings)
        return LlamaCppCommand(settings: settings, alias: "team/a", socket: "/run/a.sock")
            .command(for: server, environment: ["PATH": "/bin"])
    }

    /// The value after an option; fails if the option is there more than once.
    private func value(_ name: String, _ command: EngineCommand) throws -> String? {
        let places = command.arguments.indices.filter { command.arguments[$0] == name }
        try #require(places.count <= 1, "\(name) is there \(places.count) times")
        return places.first.map { command.arguments[$0 + 1] }
    }

    @Test(arguments: both) func requiredOnesAreThere(server: EngineLocator.LlamaServer) throws {
        let made = command(server)
        #expect(try value("--model", made) == "/models/a.gguf")
        #expect(try value("--host", made) == "/run/a.sock")
        #expect(try value("--alias", made) == "team/a")
        #expect(made.environment["PATH"] == "/bin")
        for name in [
            "--n-gpu-layers", "--threads", "--mmproj", "--flash-attn", "--batch-size", "--ubatch-size", "--pooling",
        ] {
            #expect(try value(name, made) == nil, "\(name) is there although the file does not say so")
        }
    }

    @Test(arguments: both, [(4096, 1, "4096"), (8192, 4, "32768"), (512, 3, "1536")])
    func everySlotGetsTheWholeContext(server: EngineLocator.LlamaServer, row: (Int, Int, String)) throws {
        let made = command(server) { settings in
            settings.contextSize = row.0
            settings.parallel = row.1
        }
        #expect(try value("--ctx-size", made) == row.2)
        #expect(try value("--parallel", made) == String(row.1))
    }

    @Test(arguments: both) func settingsHaveTheirOptions(server: EngineLocator.LlamaServer) throws {
        let made = command(server) { settings in
            settings.gpuLayers = 0
            settings.threads = 3
            settings.batch = 256
            settings.mmproj = "/models/eye.gguf"
            settings.flashAttention = "off"
            settings.cacheTypeK = "q8_0"
            settings.cacheTypeV = "q4_0"
            settings.chatTemplate = "/models/chat.jinja"
        }
        let wanted = [
            "--n-gpu-layers": "0", "--threads": "3", "--batch-size": "256", "--mmproj": "/models/eye.gguf",
            "--flash-attn": "off", "--cache-type-k": "q8_0", "--cache-type-v": "q4_0",
            "--chat-template-file": "/models/chat.jinja",
        ]
        for (name, text) in wanted { #expect(try value(name, made) == text, "\(name)") }
        #expect(!made.arguments.contains("--embeddings") && !made.arguments.contains("--rerank"))
    }

    @Test(arguments: both, [(nil, "2048"), (100, "2048"), (4096, "4096")] as [(Int?, String)])
    func inputToEmbedFitsIntoOneBatch(server: EngineLocator.LlamaServer, row: (Int?, String)) throws {
        for reranks in [false, true] {
            let made = command(server) { settings in
                settings.contextSize = 2048
                settings.parallel = 2
                settings.batch = row.0
                settings.embeddings = true
                settings.reranking = reranks
                settings.pooling = "mean"
            }
            #expect(try value("--batch-size", made) == row.1)
            #expect(try value("--ubatch-size", made) == row.1)
            #expect(try value("--pooling", made) == "mean")
            #expect(made.arguments.contains("--embeddings") == !reranks)
            #expect(made.arguments.contains("--rerank") == reranks)
        }
    }

    @Test(arguments: both) func ownArgumentsAreLastAndAsTheyAre(server: EngineLocator.LlamaServer) {
        let own = ["--flash-attn", "on", "--x=a b", "", "--threads", "9"]
        let made = command(server) { settings in
            settings.threads = 1
            settings.mmap = false
            settings.mlock = true
            settings.embeddings = true
            settings.arguments = own
        }
        #expect(Array(made.arguments.suffix(own.count)) == own)
    }

    @Test func programIsToldWhatOnlyNewBuildsKnowThroughItsEnvironment() {
        let made = command(Self.program) { $0.promptCacheMiB = 64 }
        #expect(made.program == "/usr/bin/llama-server" && made.arguments.first == "--model")
        #expect(made.arguments.contains("--jinja") && made.arguments.contains("--metrics"))
        #expect(!made.arguments.contains("--cache-ram"))
        #expect(
            made.environment == [
                "PATH": "/bin", "LLAMA_ARG_CACHE_RAM": "64", "LLAMA_ARG_UI": "0", "LLAMA_ARG_OFFLINE": "1",
            ])
    }

    @Test func wheelIsRunByItsPython() throws {
        let made = command(Self.wheel) { $0.promptCacheMiB = 64 }
        #expect(made.program == "/venv/bin/python" && made.arguments.first == "/engines/serve.py")
        #expect(try value("--cache-ram", made) == "64")
        #expect(!made.arguments.contains("--jinja") && made.environment == ["PATH": "/bin"])
    }

    @Test(
        arguments: [
            (nil, false, nil), (false, false, "none"), (true, false, "mmap"), (nil, true, "mmap+mlock"),
            (true, true, "mmap+mlock"), (false, true, "mlock"),
        ] as [(Bool?, Bool, String?)])
    func weightsAreMappedOrLockedAsWanted(mmap: Bool?, mlock: Bool, mode: String?) throws {
        let change: (inout LaunchSettings) -> Void = { settings in
            settings.mmap = mmap
            settings.mlock = mlock
        }
        let flags = ["--no-mmap", "--mlock", "--load-mode"]
        let ofWheel = command(Self.wheel, change)
        #expect(try value("--load-mode", ofWheel) == mode)
        #expect(!ofWheel.arguments.contains("--no-mmap") && !ofWheel.arguments.contains("--mlock"))
        // Builds differ in which of the options they have; none has all of them.
        let ofProgram = command(Self.program, change)
        #expect(!ofProgram.arguments.contains { flags.contains($0) })
        #expect(ofProgram.environment["LLAMA_ARG_LOAD_MODE"] == mode)
        #expect(ofProgram.environment["LLAMA_ARG_NO_MMAP"] == (mmap == false ? "1" : nil))
        #expect(ofProgram.environment["LLAMA_ARG_MLOCK"] == (mlock ? "1" : nil))
    }
}
