import Foundation
import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct ModelParserTests {
    private static let base = "name: m\nbackend: llama-cpp\nparameters: {model: w.gguf}\n"
    private static let cloud = "name: m\nbackend: openai\nendpoint: https://api.example.com/v1\n"

    private func launched(_ more: String) throws -> (Model, LaunchSettings) {
        let model = try Fixture.good(Self.base + more)
        guard case .launched(let settings) = model.placement else { throw Unexpected(problems: ["attached"]) }
        return (model, settings)
    }

    @Test func theTwoExampleFilesWorkAsTheyStand() throws {
        let first = """
            name: llama3
            backend: llama-cpp
            parameters:
              model: /models/llama-3.2-8b-instruct.Q4_K_M.gguf
            context_size: 8192
            f16: true
            """
        let second = """
            name: codellama
            backend: llama-cpp
            parameters:
              model: /models/codellama-13b.Q5_K_M.gguf
            gpu_layers: 99
            """
        let fixture = try Fixture([
            "models/llama3.yaml": first, "models/codellama.yaml": second,
            "models/llama-3.2-8b-instruct.Q4_K_M.gguf": "x", "models/codellama-13b.Q5_K_M.gguf": "x",
        ])
        let result = fixture.load()
        #expect(result.problems.isEmpty, "\(result.problems.map(\.description))")
        let models = try #require(result.configuration?.models)
        #expect(models.map(\.name) == ["codellama", "llama3"])
        guard case .launched(let code) = models[0].placement, case .launched(let llama) = models[1].placement else {
            Issue.record("attached")
            return
        }
        #expect(code.gpuLayers == 99)
        #expect(code.contextSize == 4096)
        #expect(code.weights == "\(fixture.root)/models/codellama-13b.Q5_K_M.gguf")
        #expect(llama.contextSize == 8192)
        #expect(llama.weights == "\(fixture.root)/models/llama-3.2-8b-instruct.Q4_K_M.gguf")
    }

    @Test func pastedWithoutIndentationTheExampleShowsItsCorrection() throws {
        let text =
            "name: llama3\nbackend: llama-cpp\nparameters:\nmodel: /models/w.gguf\ncontext_size: 8192\nf16: true\n"
        let result = try Fixture.model(text).load()
        #expect(result.configuration == nil)
        #expect(result.problems.count == 1)
        #expect(result.problems.first?.fix == "parameters:\n  model: /models/w.gguf")
    }

    @Test func defaultsAreTheDocumentedOnes() throws {
        let (model, settings) = try launched("")
        #expect(settings == LaunchSettings(weights: settings.weights))
        #expect(model.capabilities == [.chat, .completion, .tools])
        #expect(model.limits.concurrent == 1)
        #expect(model.limits.queue == 256)
        #expect(model.keepAlive == .seconds(900))
        #expect(model.timeouts == ModelTimeouts())
        #expect(model.upstreamName == "m")
        #expect(!model.warmUp)
        #expect(model.cost == nil)
        #expect(model.requestDefaults.isEmpty)
        #expect(model.rateLimits == RateLimits())
        #expect(model.isOwn == nil)
    }

    @Test func everyLaunchKeyArrives() throws {
        let (model, settings) = try launched(
            """
            context_size: 2048
            parallel: 3
            gpu_layers: -1
            threads: 2
            batch: 256
            f16: true
            mmap: false
            mmlock: true
            flash_attention: on
            cache_type_k: q8_0
            cache_type_v: f16
            chat_template: w.gguf
            mmproj: w.gguf
            prompt_cache: 1GiB
            args: [--flash-attn, "on", 7]
            keep_alive: forever
            warm_up: true
            memory: 6GiB
            """)
        #expect(settings.contextSize == 2048)
        #expect(settings.parallel == 3)
        #expect(settings.gpuLayers == nil)
        #expect(settings.threads == 2)
        #expect(settings.batch == 256)
        #expect(settings.mmap == false)
        #expect(settings.mlock)
        #expect(settings.flashAttention == "on")
        #expect(settings.cacheTypeK == "q8_0")
        #expect(settings.cacheTypeV == "f16")
        #expect(settings.chatTemplate == settings.weights)
        #expect(settings.mmproj == settings.weights)
        #expect(settings.promptCacheMiB == 1024)
        #expect(settings.arguments == ["--flash-attn", "on", "7"])
        #expect(model.limits.concurrent == 3)
        #expect(model.keepAlive == nil)
        #expect(model.warmUp)
        #expect(model.capabilities == [.chat, .completion, .tools, .vision])
    }

    @Test func memoryAndCompanyArrive() throws {
        let (model, _) = try launched(
            """
            memory: {host: 2GiB, gpu: 10GiB}
            memory_limit: 3GiB
            on_oom: {context_size: half}
            concurrency_groups: [gpu, large]
            priority: low
            """)
        #expect(model.memory.host == 2 << 30 && model.memory.gpu == 10 << 30 && model.memory.limit == 3 << 30)
        #expect(model.memory.halvesContext && model.memory.groups == ["gpu", "large"] && model.memory.priority == .low)
        let (plain, _) = try launched("memory: 6GiB")
        #expect(plain.memory.host == 6 << 30 && plain.memory.gpu == nil && plain.memory.priority == .normal)
    }

    @Test func requestDefaultsAreJSONInTheOrderOfTheFile() throws {
        let model = try Fixture.good(
            """
            name: m
            backend: llama-cpp
            parameters:
              model: w.gguf
              top_k: 40
              temperature: 0.7
              seed: 0
              stop: ["a\\n\\"b", c]
              ignore_eos: yes
              min_p: 1e-5
            """)
        let found = model.requestDefaults.map { "\($0.key)=\(String(decoding: $0.json, as: UTF8.self))" }
        let expected = [
            "top_k=40", "temperature=0.7", "seed=0", #"stop=["a\n\"b","c"]"#, "ignore_eos=true", "min_p=1e-05",
        ]
        #expect(found == expected)
        for item in model.requestDefaults {
            _ = try JSONSerialization.jsonObject(with: Data(item.json), options: [.fragmentsAllowed])
        }
    }

    @Test func limitsTimeoutsAndCostArrive() throws {
        let (model, _) = try launched(
            """
            limits: {max_concurrent: 4, queue: 0, queue_timeout: 500ms, requests_per_minute: 120,
              tokens_per_minute: 200000, shadow: true}
            timeouts: {load: 2m, first_byte: 1h, idle: 5s, total: 1d}
            cost: {input_per_million: 0.15, output_per_million: 0, currency: EUR}
            """)
        #expect(model.limits.concurrent == 4)
        #expect(model.limits.queue == 0)
        #expect(model.limits.queueTimeout == .milliseconds(500))
        #expect(model.timeouts.load == .seconds(120))
        #expect(model.timeouts.firstByte == .seconds(3600))
        #expect(model.timeouts.idle == .seconds(5))
        #expect(model.timeouts.total == .seconds(86400))
        #expect(model.rateLimits.requestsPerMinute == 120)
        #expect(model.rateLimits.tokensPerMinute == 200_000)
        #expect(model.rateLimits.shadow)
        #expect(model.rateLimits.concurrent == nil)
        #expect(model.cost?.inputPerMillion == Money(units: 0.15))
        #expect(model.cost?.outputPerMillion == .zero)
        #expect(model.cost?.currency == "EUR")
    }

    private static let modes: [(String, CapabilitySet, Bool, Bool)] = [
        ("embeddings: true", [.embeddings], true, false),
        ("capabilities: [embeddings]", [.embeddings], true, false),
        ("known_usecases: [FLAG_EMBEDDINGS]", [.embeddings], true, false),
        ("reranking: true", [.rerank], false, true),
        ("capabilities: [chat]", [.chat], false, false),
    ]

    @Test(arguments: modes)
    func capabilitiesDecideTheMode(_ yaml: String, _ wanted: CapabilitySet, _ embeds: Bool, _ reranks: Bool) throws {
        let (model, settings) = try launched(yaml)
        #expect(model.capabilities == wanted)
        #expect(settings.embeddings == embeds)
        #expect(settings.reranking == reranks)
    }

    @Test func anAttachedModelHasItsUpstreamNameAndKey() throws {
        let text = Self.cloud + "api_key: ${env:CLOUD_KEY}\nparameters: {model: their-name, temperature: 1}"
        let model = try Fixture.good(text, environment: ["CLOUD_KEY": "sk-1"])
        #expect(model.upstreamName == "their-name")
        #expect(model.apiKey == Secret("sk-1"))
        #expect(model.limits.concurrent == nil)
        #expect(model.requestDefaults == [RequestDefault(key: "temperature", json: Array("1".utf8))])
    }

    @Test func aKeyFileIsTrimmedAndAKeyThatCannotBeSentIsRefused() throws {
        let fixture = try Fixture(["models/a.yaml": Self.cloud + "api_key_file: key", "models/key": " sk-2 \n"])
        #expect(fixture.load().configuration?.models.first?.apiKey == Secret("sk-2"))
        try fixture.write("models/key", Data("sk\r\nx: y".utf8))
        let result = fixture.load()
        #expect(result.configuration?.models.first?.apiKey == nil)
        #expect(result.configuration?.models.first?.unavailable != nil)
        #expect(!result.problems.description.contains("x: y"))
    }

    @Test func oneFileHoldsAListOrSeveralDocuments() throws {
        let one =
            "- name: a\n  backend: openai\n  endpoint: http://h\n- name: b\n  backend: openai\n  endpoint: http://h\n"
        let two = "name: c\nbackend: openai\nendpoint: http://h\n---\n# nothing\n---\n" + Self.cloud
        let fixture = try Fixture([
            "models/1.yml": one, "models/2.yaml": two, "models/.hidden.yaml": "][", "models/note.txt": "][",
        ])
        let models = try #require(fixture.load().configuration?.models)
        #expect(models.map(\.name) == ["a", "b", "c", "m"])
        #expect(models.map(\.source.line) == [1, 4, 1, 7])
    }

    @Test func aMissingEngineMakesItsModelsUnavailableOnly() throws {
        let fixture = try Fixture([
            "models/a.yaml": Self.base + "---\n" + Self.cloud.replacing("m\n", with: "c\n", maxReplacements: 1),
            "models/w.gguf": "",
        ])
        let result = fixture.load { $0.name == "llama-cpp" ? "no llama-server here" : nil }
        #expect(result.configuration?.models.map(\.unavailable) == ["no llama-server here", nil])
        #expect(result.problems.first?.location?.line == 2)
        #expect(result.hasErrors)
    }

    @Test func aSwitchedOffModelStaysInTheTableAndIsNotLookedAt() throws {
        let fixture = try Fixture([
            "models/a.yaml": "name: m\nbackend: llama-cpp\ndisabled: true\nparameters: {model: no.gguf}"
        ])
        let result = fixture.load { _ in "not installed" }
        #expect(!result.hasErrors, "\(result.problems.map(\.description))")
        #expect(result.configuration?.models.first?.unavailable?.contains("switched off") == true)
    }
}
