internal import RoundhouseCore

/// What to say about a key that other programs know and this version does not use.
struct KeyAdvice {
    var message: String
    var fix: String
    /// A warning if true: the model serves without it as well. An error otherwise.
    var isHarmless: Bool
}

/// All keys, in one place.
enum KnownKeys {
    static let model = [
        "name", "aliases", "backend", "description", "usage", "disabled", "parameters", "context_size", "parallel",
        "gpu_layers", "threads", "batch", "f16", "mmap", "mmlock", "flash_attention", "cache_type_k", "cache_type_v",
        "mmproj", "embeddings", "reranking", "chat_template", "prompt_cache", "capabilities", "known_usecases",
        "keep_alive", "pinned", "warm_up", "memory", "memory_limit", "on_oom", "priority", "limits",
        "concurrency_groups", "timeouts", "cost",
        "args", "command", "probe", "endpoint", "endpoints", "api_key", "api_key_file", "local", "fetch_media",
        "fallback",
        "retries", "affinity", "on_disconnect", "loading_state",
    ]
    /// An entry with `route` in the place of `backend`.
    static let route = ["name", "aliases", "description", "usage", "route", "fallback"]
    /// A rule of it.
    static let rule = ["when", "to", "split", "sticky"]
    static let ruleTarget = ["capability", "prefer"]
    static let condition = [
        "feature", "team", "key", "needs", "input_tokens_over", "input_tokens_under", "max_tokens_over",
        "max_tokens_under",
        "stream", "header",
    ]
    static let limits = [
        "concurrent", "max_concurrent", "queue", "queue_timeout", "requests_per_minute", "tokens_per_minute", "shadow",
    ]
    static let timeouts = ["load", "first_byte", "idle", "total"]
    static let prices = [
        "input_per_million", "cached_input_per_million", "output_per_million", "per_second", "characters_per_million",
        "per_image",
    ]
    static let cost = prices + ["currency"]
    static let roundhouse = ["server", "log", "data", "memory", "teams", "offline", "ledger", "responses"]
    static let server = [
        "host", "port", "max_body", "max_upload", "header_timeout", "body_timeout", "idle_timeout", "shutdown_timeout",
        "max_connections", "allowed_hosts", "tls", "cors_origins", "trusted_proxies", "loops",
    ]
    static let tls = ["certificate", "key"]
    /// The keys of `server:` as the environment has them: without the mapping in it, and with what stands in that.
    static let serverVariables = server.filter { $0 != "tls" } + tls.map { "tls_\($0)" }
    /// Those whose value is a list.
    static let serverLists: Set<String> = ["allowed_hosts", "cors_origins", "trusted_proxies"]
    static let log = ["access"]
    static let ledger = ["mode", "retention"]
    static let memory = ["budget", "gpu_budget", "max_loaded"]
    /// `memory` of a model, if it is not one figure.
    static let memoryNeeds = ["host", "gpu"]
    static let onOOM = ["context_size"]
    static let responses = ["store", "retention"]
    /// `limits` of a team or a key.
    static let rateLimits = ["requests_per_minute", "tokens_per_minute", "concurrent", "shadow"]
    static let budget = ["amount", "per", "currency"]
    /// An entry of `config/keys.yaml`.
    static let apiKey = ["id", "team", "class", "sha256", "expires"] + Rights.keys

    /// Keys that only an engine of our own making understands, besides those of its profile.
    static let launchedOnly =
        residency + ["warm_up", "memory", "memory_limit", "on_oom", "priority", "concurrency_groups", "fetch_media"]

    /// Those of them that an attached engine with an API of its own can be told.
    static let residency = ["keep_alive", "pinned"]

    /// Request defaults whose value is a whole number, with the range.
    static let wholeParameters: [String: ClosedRange<Int>] = [
        "top_k": 0...Int(Int32.max), "max_tokens": 1...Int(Int32.max), "n": 1...128,
        "seed": Int(Int32.min)...Int(UInt32.max), "repeat_last_n": -1...Int(Int32.max), "n_keep": -1...Int(Int32.max),
        "top_logprobs": 0...100,
    ]
    /// Request defaults whose value is a number, with the range.
    static let numberParameters: [String: ClosedRange<Double>] = [
        "temperature": 0...10, "top_p": 0...1, "min_p": 0...1, "typical_p": 0...1, "frequency_penalty": -2...2,
        "presence_penalty": -2...2, "repeat_penalty": 0...10,
    ]
    /// Request defaults that are true or false.
    static let switchParameters = ["ignore_eos", "echo", "logprobs"]
    /// Request defaults that are text.
    static let textParameters = ["reasoning_effort", "encoding_format"]
    /// Everything under `parameters:`.
    static let parameters: [String] =
        ["model", "stop", "pooling", "batch", "temperature", "top_p", "top_k", "min_p", "max_tokens", "seed"]
        + [
            "frequency_penalty", "presence_penalty", "repeat_penalty", "repeat_last_n", "typical_p", "n", "n_keep",
            "top_logprobs",
        ] + switchParameters + textParameters

    /// Words of LocalAI's `known_usecases` for what is called otherwise here.
    static let usecases: [String: Capability] = [
        "transcript": .transcription, "tts": .speech, "images": .image, "edit": .completion, "reranking": .rerank,
        "embedding": .embeddings,
    ]

    /// Words of LocalAI's `known_usecases` for which this version has no API.
    static let laterUsecases: Set<String> = [
        "video", "sound_generation", "tokenize", "vad", "detection", "score", "token_classify", "any", "llm",
    ]

    /// Engines that people bring and this version does not start, by every usual name.
    static let laterBackends: Set<String> = [
        "stablediffusion-ggml", "bark", "coqui", "kokoro", "exllama2", "exllama", "mamba", "autogptq", "rwkv", "bert",
        "gpt4all", "silero-vad", "musicgen", "langchain-huggingface", "local-store", "parler-tts", "vall-e-x", "tts",
        "gpt-2", "llama-ggml",
    ]
}
