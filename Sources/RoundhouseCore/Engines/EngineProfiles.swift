extension EngineProfile {
    /// llama.cpp's server, as the `llama-server` program or in the `xllamacpp` wheel. Keep-alive limits are those of
    /// cpp-httplib as llama.cpp builds it: 5 s and 100 requests, with a margin taken off.
    public static let llamaCpp: EngineProfile = {
        var profile = EngineProfile(
            name: "llama-cpp", synonyms: ["llama", "llama.cpp", "llamacpp", "llama-server"], canLaunch: true,
            capabilities: [.chat, .completion, .tools])
        profile.listensOnUnixSocket = true
        profile.keepAliveIdle = .seconds(4)
        profile.keepAliveRequests = 95
        profile.dividesContext = true
        profile.launchKeys = [
            "context_size", "parallel", "gpu_layers", "threads", "batch", "f16", "mmap", "mmlock", "flash_attention",
            "cache_type_k", "cache_type_v", "mmproj", "chat_template", "prompt_cache", "args",
        ]
        profile.reservedArguments = [
            "-m": "parameters.model", "--model": "parameters.model", "-c": "context_size", "--ctx-size": "context_size",
            "-np": "parallel", "--parallel": "parallel", "-a": "name", "--alias": "name",
            "--host": "", "--port": "", "--api-key": "", "--api-key-file": "",
        ]
        return profile
    }()

    /// Any server that speaks OpenAI's API: a cloud, a gateway, an engine that somebody else started.
    public static let openAI: EngineProfile = {
        var profile = EngineProfile(
            name: "openai", synonyms: ["openai-compatible", "cloud-proxy", "litellm"],
            capabilities: [.chat, .completion, .embeddings, .rerank, .tools, .vision])
        profile.readinessPath = "/v1/models"
        return profile
    }()

    /// All engines that `backend:` may name.
    public static let all: [EngineProfile] = [.llamaCpp, .openAI]

    /// The engine with this name or synonym, in any case of letters.
    public static func named(_ name: String) -> EngineProfile? {
        let wanted = name.lowercased()
        return all.first { $0.name == wanted || $0.synonyms.contains(wanted) }
    }
}
