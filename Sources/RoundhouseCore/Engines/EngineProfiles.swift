extension EngineProfile {
    /// All engines that `backend:` may name.
    public static let all: [EngineProfile] = [
        .llamaCpp, .vllm, .transformers, .sentenceTransformers, .diffusers, .whisper, .fasterWhisper, .espeak, .piper,
        .command, .openAI, .ollama, .anthropic,
    ]

    /// Keys of a model's YAML that only a launched engine understands.
    public static let allLaunchKeys = Set(all.flatMap { $0.launch?.keys ?? [] })

    /// The engine with this name or synonym, in any case of letters.
    public static func named(_ name: String) -> EngineProfile? {
        let wanted = name.lowercased()
        return all.first { $0.name == wanted || $0.synonyms.contains(wanted) }
    }

    /// llama.cpp's server, as the `llama-server` program or in the `xllamacpp` wheel. Keep-alive limits are those of
    /// cpp-httplib as llama.cpp builds it: 5 s and 100 requests, with a margin taken off.
    public static let llamaCpp: EngineProfile = {
        var launch = EngineLaunch(
            .llamaServer, environment: "llama-cpp", weights: .file([".gguf"]), arguments: [],
            keys: [
                "context_size", "parallel", "gpu_layers", "threads", "batch", "f16", "mmap", "mmlock",
                "flash_attention", "cache_type_k", "cache_type_v", "mmproj", "chat_template", "prompt_cache", "args",
            ])
        launch.reserved = [
            "-m": "parameters.model", "--model": "parameters.model", "-c": "context_size", "--ctx-size": "context_size",
            "-np": "parallel", "--parallel": "parallel", "-a": "name", "--alias": "name",
            "--host": "", "--port": "", "--api-key": "", "--api-key-file": "",
        ]
        launch.sample = .shipped("roundhouse-guide.Q8_0.gguf")
        launch.ownMemory = 48 << 20
        var profile = EngineProfile(
            name: "llama-cpp", synonyms: ["llama", "llama.cpp", "llamacpp", "llama-server"],
            capabilities: [.chat, .completion, .tools], launch: launch)
        profile.optionalCapabilities = [.vision, .embeddings, .rerank]
        profile.keepAliveIdle = .seconds(4)
        profile.keepAliveRequests = 95
        profile.dividesContext = true
        profile.nativePaths = ["/messages", "/messages/count_tokens", "/responses"]
        profile.dropsToolsSilently = true
        profile.ignoredFields = ["echo", "suffix", "best_of"]
        profile.countsOneChoice = true
        profile.servesOneMode = true
        profile.clearerErrors = [
            "Failed to load image or audio file":
                "A picture in image_url cannot be read: it is cut off, no picture, or of a kind that llama.cpp does not know. "
                + "Send a whole PNG, JPEG, GIF or BMP file as data:image/png;base64,…"
        ]
        return profile
    }()

    /// A program of the operator's own, which speaks OpenAI's API.
    public static let command: EngineProfile = {
        var launch = EngineLaunch(
            .command, environment: nil, weights: .none, arguments: [], keys: ["command", "probe", "parallel", "args"])
        launch.listening = .port
        launch.ownMemory = 0
        var profile = EngineProfile(
            name: "command", synonyms: ["custom"], capabilities: [.chat, .completion], launch: launch)
        profile.optionalCapabilities = CapabilitySet(Capability.allCases)
        profile.evidence = .documented
        profile.otherEvidence = [.chat: .real]
        return profile
    }()

    /// Any server that speaks OpenAI's API: a cloud, a gateway, an engine that somebody else started.
    public static let openAI: EngineProfile = {
        var profile = EngineProfile(
            name: "openai",
            synonyms: [
                "openai-compatible", "cloud-proxy", "litellm", "tgi", "sglang", "llama-swap", "localai", "lmstudio",
                "lm-studio", "mlx",
            ],
            capabilities: [.chat, .completion, .embeddings, .rerank, .tools, .vision])
        profile.optionalCapabilities = CapabilitySet(Capability.allCases)
        profile.readinessPath = "/v1/models"
        profile.evidence = .documented
        profile.otherEvidence = [.chat: .real]
        return profile
    }()

    /// Ollama through its `/v1`, and its own API for what that has no words for.
    public static let ollama: EngineProfile = {
        var profile = EngineProfile(
            name: "ollama", capabilities: [.chat, .completion, .embeddings, .tools, .vision], evidence: .documented)
        profile.readinessPath = "/api/version"
        profile.native = .ollama
        return profile
    }()

    /// Anthropic's API through its OpenAI-compatible `/v1/chat/completions`.
    public static let anthropic: EngineProfile = {
        var profile = EngineProfile(
            name: "anthropic", synonyms: ["claude"], capabilities: [.chat, .tools, .vision], evidence: .documented)
        profile.nativePaths = ["/messages", "/messages/count_tokens"]
        profile.nativeKeyHeader = "x-api-key: "
        profile.nativeHeaders = ["anthropic-version": "2023-06-01"]
        profile.readinessPath = "/v1/models"
        return profile
    }()
}
