import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct LocalAIKeysTests {
    private static let base = "name: m\nbackend: llama-cpp\nparameters: {model: w.gguf}\n"

    /// Keys of LocalAI's model files that mean nothing here.
    static let unused = [
        "alias", "low_vram", "numa", "no_kv_offloading", "tensor_split", "main_gpu", "cuda", "draft_model", "n_draft",
        "lora_adapter", "lora_base", "rope_scaling", "grammar", "mirostat", "quantization", "load_format", "options",
        "overrides", "engine_args", "gpu_memory_utilization", "max_model_len", "tensor_parallel_size", "dtype",
        "trust_remote_code", "system_prompt", "stopwords", "cutstrings", "extract_regex", "trimspace", "template",
        "roles", "function", "reasoning", "reasoning_effort", "chat_template_kwargs", "known_input_modalities",
        "download_files", "artifacts", "proxy", "router", "pii", "mitm", "compression", "pipeline", "grpc", "diffusers",
        "step", "cfg_scale", "tts", "mcp", "agent", "feature_flags",
    ]

    @Test(arguments: unused)
    func isKnownAndSaysWhatToWrite(_ key: String) throws {
        let result = try Fixture.model(Self.base + "\(key): 1\n").load()
        let problem = try #require(result.problems.first { $0.location?.line == 4 })
        let isAdvice = problem.message.contains("known from LocalAI") || problem.message.contains("belongs under")
        #expect(isAdvice, "\(problem)")
        #expect(problem.fix?.isEmpty == false)
        #expect((result.configuration == nil) == (problem.severity == .error))
    }

    @Test(arguments: [
        "description: text", "usage: text", "f16: true", "mmap: true", "mmlock: true", "pinned: true",
        "known_usecases: [chat, completion]", "limits: {max_concurrent: 2}", "flash_attention: auto", "threads: 4",
    ])
    func isAcceptedAsItIs(_ line: String) throws {
        let result = try Fixture.model(Self.base + line).load()
        #expect(result.problems.isEmpty, "\(result.problems.map(\.description))")
        #expect(result.configuration?.models.first?.unavailable == nil)
    }

    @Test(arguments: ["bark", "coqui", "kokoro", "exllama2", "silero-vad", "musicgen", "rwkv"])
    func backendsOfLaterVersionsLeaveTheOthersServing(_ backend: String) throws {
        let other = "---\nname: other\nbackend: openai\nendpoint: http://127.0.0.1:9\n"
        let result = try Fixture.model("name: m\nbackend: \(backend)\n" + other).load()
        let models = try #require(result.configuration?.models)
        #expect(models.map { $0.unavailable != nil } == [true, false])
        #expect(result.hasErrors)
        #expect(result.problems.first?.fix?.contains("backend: openai") == true)
    }
}
