/// Engines that are Python packages in an environment of their own. Those with a `serve.py` of ours take the same arguments and
/// listen on a Unix socket.
extension EngineProfile {
    private static let serveArguments = ["--model", "${MODEL}", "--host", "${SOCKET}", "--alias", "${NAME}"]
    private static let serveReserved = [
        "--model": "parameters.model", "--host": "", "--alias": "name", "--parallel": "parallel",
        "--threads": "threads",
    ]

    private static func serve(
        _ folder: String, environment: String? = nil, weights: EngineLaunch.Weights, keys: [String] = []
    ) -> EngineLaunch {
        var launch = EngineLaunch(
            .script(folder), environment: environment ?? folder, weights: weights, arguments: serveArguments,
            keys: ["parallel", "args"] + keys)
        launch.options = ["parallel": "--parallel"]
        if keys.contains("threads") { launch.options["threads"] = "--threads" }
        launch.reserved = serveReserved
        return launch
    }

    /// vLLM's own server. Its port opens only when it is ready, which takes a minute or more.
    public static let vllm: EngineProfile = {
        var launch = EngineLaunch(
            .module("vllm.entrypoints.openai.api_server"), environment: "vllm", weights: .folder,
            arguments: ["--model", "${MODEL}", "--uds", "${SOCKET}", "--served-model-name", "${NAME}"],
            keys: ["context_size", "parallel", "chat_template", "args"])
        launch.options = [
            "context_size": "--max-model-len", "parallel": "--max-num-seqs", "chat_template": "--chat-template",
        ]
        launch.reserved = [
            "--model": "parameters.model", "--uds": "", "--host": "", "--port": "", "--served-model-name": "name",
            "--api-key": "", "--max-model-len": "context_size", "--max-num-seqs": "parallel",
            "--chat-template": "chat_template",
        ]
        launch.modes = [.embeddings: ["--runner", "pooling"], .rerank: ["--runner", "pooling"]]
        // By itself it takes nine tenths of the memory on a machine without a GPU; in GiB.
        launch.variables = ["VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_CPU_KVCACHE_SPACE": "4"]
        launch.sample = .made("make_hf_llama.py")
        launch.parallel = 32
        launch.ownMemory = 2800 << 20
        launch.loadTimeout = .seconds(600)
        var profile = EngineProfile(name: "vllm", capabilities: [.chat, .completion, .tools], launch: launch)
        profile.optionalCapabilities = [.vision, .embeddings, .rerank, .transcription, .translation]
        profile.servesOneMode = true
        profile.evidence = .documented
        profile.otherEvidence = [.chat: .real, .completion: .real]
        // uvicorn closes idle connections after 5 s.
        profile.keepAliveIdle = .seconds(4)
        profile.marksAborts = true
        // It has /messages and /responses too, and ends streams in which it was stopped as if they were whole; those are translated.
        profile.nativePaths = ["/messages/count_tokens"]
        return profile
    }()

    /// `transformers serve`, by a program of ours that has it listen on a socket and use the public name. It refuses fields that it
    /// does not know, ends streams without `[DONE]`, and stops only streams when nobody listens any more.
    public static let transformers: EngineProfile = {
        var launch = serve("transformers", weights: .folder)
        launch.sample = .made("make_hf_llama.py")
        launch.loadTimeout = .seconds(300)
        var profile = EngineProfile(
            name: "transformers", synonyms: ["huggingface", "transformers-serve"], capabilities: [.chat, .completion],
            launch: launch)
        profile.optionalCapabilities = [.tools, .vision, .transcription]
        profile.evidence = .documented
        profile.otherEvidence = [.chat: .real, .completion: .real]
        profile.keepAliveIdle = .seconds(4)
        profile.endsStreamsWithDone = false
        profile.reportsStreamUsage = false
        profile.cancelsOnlyStreams = true
        profile.acceptedFields = acceptedByTransformers
        return profile
    }()

    /// Fields of chat and completion requests that `transformers serve` 5.23 takes, obeyed or not; anything else it refuses with
    /// 422 (Tests/Transcripts/transformers).
    private static let acceptedByTransformers = [
        "model", "messages", "prompt", "stream", "max_tokens", "max_completion_tokens", "temperature", "top_p",
        "frequency_penalty", "presence_penalty", "logit_bias", "stop", "seed", "tools", "tool_choice", "suffix", "n",
        "logprobs", "chat_template_kwargs",
    ]

    /// Embeddings and rerank with sentence-transformers.
    public static let sentenceTransformers: EngineProfile = {
        var profile = EngineProfile(
            name: "sentence-transformers",
            synonyms: ["sentencetransformers", "huggingface-embeddings", "rerankers", "bert-embeddings"],
            capabilities: [.embeddings, .rerank],
            launch: serve("sentence-transformers", weights: .folder, keys: ["threads"]))
        profile.launch?.loadTimeout = .seconds(300)
        profile.launch?.sample = .made("make_cross_encoder.py")
        return profile
    }()

    /// Images with diffusers.
    public static let diffusers: EngineProfile = {
        var launch = serve("diffusers", weights: .folder, keys: ["threads"])
        launch.loadTimeout = .seconds(600)
        launch.sample = .made("make_diffusion.py")
        launch.arguments += ["--files", "${FILES}", "--files-url", "/v1/files/images/${FILES_NAME}"]
        launch.reserved["--files"] = ""
        launch.reserved["--files-url"] = ""
        return EngineProfile(
            name: "diffusers", synonyms: ["stablediffusion", "stable-diffusion"], capabilities: [.image, .imageEdit],
            launch: launch)
    }()

    /// whisper.cpp on ggml files.
    public static let whisper: EngineProfile = {
        var launch = serve("whisper", weights: .file([".bin"]), keys: ["threads"])
        launch.sample = .shipped("roundhouse-ear.bin")
        launch.ownMemory = 100 << 20
        return EngineProfile(
            name: "whisper", synonyms: ["whisper-cpp", "whisper.cpp", "whispercpp"],
            capabilities: [.transcription, .translation], launch: launch)
    }()

    /// Whisper on CTranslate2 folders.
    public static let fasterWhisper = EngineProfile(
        name: "faster-whisper", capabilities: [.transcription, .translation],
        launch: serve("whisper", environment: "faster-whisper", weights: .folder, keys: ["threads"]))

    /// espeak-ng, the voice that needs no download.
    public static let espeak: EngineProfile = {
        var launch = serve("espeak", weights: .none)
        launch.arguments = ["--host", "${SOCKET}", "--alias", "${NAME}"]
        launch.options["parameters.model"] = "--model"
        launch.sample = .notNeeded
        launch.parallel = 2
        launch.ownMemory = 30 << 20
        launch.requirements = [.init(program: "espeak-ng", hint: "Debian: apt-get install espeak-ng")]
        return EngineProfile(name: "espeak", synonyms: ["espeak-ng"], capabilities: [.speech], launch: launch)
    }()

    /// Piper, with a voice file.
    public static let piper = EngineProfile(
        name: "piper", synonyms: ["piper-tts"], capabilities: [.speech],
        launch: serve("piper", weights: .file([".onnx"])))
}
