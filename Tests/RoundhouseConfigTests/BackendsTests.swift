import Foundation
import RoundhouseConfig
import RoundhouseCore
import Testing

/// Models of engines other than llama.cpp.
@Suite struct BackendsTests {
    /// A fixture with a file of weights, `w.gguf`, and a folder, `hf`.
    private func fixture(_ yaml: String) throws -> Fixture {
        let fixture = try Fixture.model(yaml)
        try FileManager.default.createDirectory(atPath: "\(fixture.root)/models/hf", withIntermediateDirectories: true)
        try fixture.write("models/hf/config.json", Data("{}".utf8))
        return fixture
    }

    private func model(_ yaml: String) throws -> Model {
        let result = try fixture(yaml).load()
        #expect(result.problems.isEmpty, "\(result.problems.map(\.description))")
        return try #require(result.configuration?.models.first)
    }

    private func settings(_ model: Model) throws -> LaunchSettings {
        guard case .launched(let settings) = model.placement else { throw Missing() }
        return settings
    }

    private struct Missing: Error {}

    @Test(arguments: [
        ("vllm", "hf", [Capability.chat, .completion, .tools]), ("transformers", "hf", [.chat, .completion]),
        ("sentence-transformers", "hf", [.embeddings, .rerank]), ("diffusers", "hf", [.image, .imageEdit]),
        ("stablediffusion", "hf", [.image, .imageEdit]), ("whisper", "w.gguf", [.transcription, .translation]),
        ("faster-whisper", "hf", [.transcription, .translation]), ("piper", "w.gguf", [.speech]),
    ])
    func enginesHaveTheirWeightsAndCapabilities(_ backend: String, _ weights: String, _ can: [Capability]) throws {
        let model = try model("name: m\nbackend: \(backend)\nparameters: {model: \(weights)}\n")
        #expect(model.capabilities == CapabilitySet(can))
        #expect(try settings(model).weights.hasSuffix("/models/" + weights))
        #expect(model.limits.concurrent == model.profile.launch?.parallel)
        #expect(model.timeouts.load == model.profile.launch?.loadTimeout)
    }

    @Test func espeakNeedsNothing() throws {
        #expect(try settings(model("name: m\nbackend: espeak\n")).weights == "")
        #expect(try settings(model("name: m\nbackend: espeak\nparameters: {model: de}\n")).weights == "de")
    }

    @Test func whatTheFileSaysWins() throws {
        let model = try model(
            "name: m\nbackend: vllm\nparameters: {model: hf}\ncontext_size: 1024\nparallel: 3\ntimeouts: {load: 5m}\n")
        #expect(model.timeouts.load == .seconds(300) && model.limits.concurrent == 3)
        let settings = try settings(model)
        #expect(settings.isContextSizeGiven && settings.contextSize == 1024)
    }

    @Test func aTextEngineForEmbeddings() throws {
        let model = try model("name: m\nbackend: vllm\nparameters: {model: hf}\nembeddings: true\n")
        #expect(model.capabilities == [.embeddings])
        #expect(try settings(model).embeddings)
    }

    @Test(arguments: [
        ("whisper", "hf", "is a folder, and whisper wants a file", "backend: faster-whisper"),
        ("faster-whisper", "w.gguf", "is a file, and faster-whisper wants a folder", "backend: whisper"),
        ("transformers", "w.gguf", "wants a folder", "backend: llama-cpp"),
        ("diffusers", "nowhere", "there is no folder", "put the file into"),
        ("vllm", "\"hf://org/model\"", "would have to be downloaded", "folder with config.json"),
    ])
    func wrongWeightsMakeAModelUnavailable(_ backend: String, _ weights: String, _ why: String, _ fix: String) throws {
        let result = try fixture("name: m\nbackend: \(backend)\nparameters: {model: \(weights)}\n").load()
        let problem = try #require(result.problems.first)
        #expect(result.problems.count == 1)
        #expect(problem.message.contains(why) && problem.fix?.contains(fix) == true, "\(problem)")
        #expect(result.configuration?.models.first?.unavailable?.contains(why) == true)
    }

    @Test(arguments: [
        (
            "backend: whisper\nparameters: {model: w.gguf}\ncapabilities: [chat]", "whisper cannot do `chat`",
            "transcription"
        ),
        ("backend: espeak\nembeddings: true", "espeak cannot do `embeddings`", "speech"),
        ("backend: espeak\ngpu_layers: 3", "`gpu_layers` means nothing to espeak", "remove it"),
        ("backend: vllm\nparameters: {model: hf}\nargs: [\"--port=3\"]", "`--port` in `args`", "remove it"),
        ("backend: vllm\nparameters: {model: hf}\nargs: [--max-model-len, \"9\"]", "`--max-model-len`", "context_size"),
        (
            "backend: vllm\nparameters: {model: hf}\ncapabilities: [chat, embeddings]", "either text, or embeddings",
            "a model for each"
        ),
        ("backend: command", "needs a `command`", "${PORT}"),
        ("backend: command\ncommand: []", "`command` is empty", "${PORT}"),
        ("backend: command\ncommand: my-server --port 8000", "nowhere where to listen", "${SOCKET}"),
        ("backend: command\ncommand: [x, \"${PORT}\"]\nprobe: health", "must be a path", "probe: /health"),
        ("backend: ollama", "needs an `endpoint`", "endpoint:"),
        ("backend: ollama\nendpoint: http://h\nkeep_alive: 500ms", "less than 1s", "keep_alive: 1m"),
        ("backend: ollama\nendpoint: http://h\nkeep_alive: 5m\npinned: true", "contradict each other", "keep one"),
        ("backend: ollama\nendpoint: http://h\nwarm_up: true", "only for engines that Roundhouse starts", "remove"),
    ])
    func mistakes(_ yaml: String, _ message: String, _ fix: String) throws {
        let result = try fixture("name: m\n\(yaml)\n").load()
        let problem = try #require(result.problems.first { $0.message.contains(message) }, "\(result.problems)")
        #expect(problem.severity == .error && problem.fix?.contains(fix) == true, "\(problem)")
    }

    @Test func aCommandInBothSpellings() throws {
        let words = try settings(
            model("name: m\nbackend: command\ncommand: [my server, \"${PORT}\"]\nprobe: /up\nargs: [--x]\n"))
        #expect(words.command == ["my server", "${PORT}"] && words.probePath == "/up" && !words.listensOnSocket)
        let line = try settings(model("name: m\nbackend: command\ncommand: my-server --at ${SOCKET}\n"))
        #expect(line.command == ["my-server", "--at", "${SOCKET}"] && line.listensOnSocket && line.probePath == nil)
    }

    @Test(arguments: [
        ("", Residence?.none), ("keep_alive: 10m", .idle(.seconds(600))), ("keep_alive: forever", .forever),
        ("pinned: true", .forever),
    ])
    func ollamaIsToldHowLongModelsStay(_ key: String, _ residence: Residence?) throws {
        let model = try model("name: m\nbackend: ollama\nendpoint: http://localhost:11434\n\(key)\n")
        #expect(model.residence == residence)
        #expect(model.learnsCapabilities)
    }

    @Test func whatTheFileSaysOfCapabilitiesIsNotLearnt() throws {
        for key in ["capabilities: [chat]", "embeddings: true"] {
            let model = try model("name: m\nbackend: ollama\nendpoint: http://localhost:11434\n\(key)\n")
            #expect(!model.learnsCapabilities)
        }
        #expect(!(try self.model("name: m\nbackend: openai\nendpoint: http://localhost:1\n").learnsCapabilities))
    }

    @Test func keepAliveOfAServerBehindTLSIsAWarning() throws {
        let result = try fixture("name: m\nbackend: ollama\nendpoint: https://h\nkeep_alive: 5m\n").load()
        let problem = try #require(result.problems.first)
        #expect(problem.severity == .warning && problem.message.contains("behind https") && result.problems.count == 1)
    }

    @Test func usecasesOfLocalAI() throws {
        let model = try model(
            "name: m\nbackend: whisper\nparameters: {model: w.gguf}\nknown_usecases: [FLAG_TRANSCRIPT]\n")
        #expect(model.capabilities == [.transcription])
    }
}
