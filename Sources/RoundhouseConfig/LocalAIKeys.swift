/// Keys of LocalAI's model files that mean nothing here, and what to write instead.
enum LocalAIKeys {
    /// Advice for a top-level key of a model file.
    static func advice(for key: String) -> KeyAdvice? {
        if KnownKeys.rule.contains(key) {
            return KeyAdvice(
                message: "`\(key)` belongs into a rule of `route:`",
                fix: "route:\n  - when: {feature: summary}\n    to: small-model\n  - split: {model-a: 90, model-b: 10}",
                isHarmless: false)
        }
        if KnownKeys.parameters.contains(key) {
            return KeyAdvice(
                message: "`\(key)` belongs under `parameters:`", fix: "parameters:\n  \(key): ...", isHarmless: false)
        }
        if let (fix, isHarmless) = table[key] {
            return KeyAdvice(
                message: "`\(key)` is known from LocalAI and not used here", fix: fix, isHarmless: isHarmless)
        }
        return nil
    }

    /// Advice for a key under `parameters:`.
    static func parameterAdvice(for key: String) -> KeyAdvice? {
        if KnownKeys.model.contains(key) {
            return KeyAdvice(
                message: "`\(key)` does not belong under `parameters:`",
                fix: "write it at the left margin: `\(key): ...`", isHarmless: false)
        }
        switch key {
        case "tfz", "mirostat", "mirostat_eta", "mirostat_tau", "rope_freq_base", "rope_freq_scale", "tokenizer",
            "language", "translate", "negative_prompt", "clip_skip", "logit_bias":
            return KeyAdvice(
                message: "`parameters.\(key)` is known from LocalAI and not used here",
                fix: "remove it; clients may send it with their requests, and engine options go into `args`",
                isHarmless: false)
        default: return nil
        }
    }

    private static let argumentsFix = "pass the engine's own option in `args: [...]` if you need it"

    private static let table: [String: (String, Bool)] = {
        var table: [String: (String, Bool)] = [
            "alias": (
                "remove this entry and write, in the target model's file: `aliases: [this name]`", false
            ),
            "template": (
                "remove it: the engine's own chat template is used; replace it with `chat_template: file`", true
            ),
            "roles": ("remove it: the engine's own chat template is used", true),
            "function": ("remove it: the engine's own tool-call parser is used", true),
            "reasoning": ("remove it: the engine's own reasoning parser is used", true),
            "system_prompt": ("remove it: clients send a system message", false),
            "stopwords": ("write `parameters: {stop: [...]}`", false),
            "options": ("write the engine's own command-line options in `args: [...]`", false),
            "engine_args": ("write the engine's own command-line options in `args: [...]`", false),
            "overrides": ("write `args: [--override-kv, \"key=type:value\"]`", false),
            "low_vram": ("remove it: the engine fits the layers itself; or set `gpu_layers`", true),
            "cuda": ("remove it: the engine finds the GPU itself", true),
            "proxy": ("write `backend: openai`, `endpoint:` and `api_key: ${env:NAME}`", false),
            "grpc": ("remove it: engines are asked over HTTP; `timeouts: {load: 120s}` is the wait at start", true),
            "download_files": ("download the files into the models folder yourself", false),
            "artifacts": ("download the files into the models folder yourself", false),
            "draft_model": ("write `args: [-md, /path/to/draft.gguf]`", false),
            "n_draft": ("write `args: [--draft-max, \"16\"]`", false),
            "gpu_memory_utilization": (argumentsFix, false),
            "known_input_modalities": ("write `capabilities: [...]`", true),
            "known_output_modalities": ("write `capabilities: [...]`", true),
            "feature_flags": ("remove it", true),
            "chat_template_kwargs": ("write `args: [--chat-template-kwargs, '{...}']`", false),
            "retry_after_seconds": ("remove it: it is computed", true),
            "reasoning_effort": ("write `parameters: {reasoning_effort: ...}`", false),
        ]
        let options = [
            "numa", "no_kv_offloading", "tensor_split", "main_gpu", "lora_adapter", "lora_adapters", "lora_scale",
            "lora_scales", "lora_base", "rope_scaling", "yarn_ext_factor", "yarn_attn_factor", "yarn_beta_fast",
            "yarn_beta_slow", "grammar", "mirostat", "mirostat_eta", "mirostat_tau", "quantization", "load_format",
            "max_model_len", "tensor_parallel_size", "enforce_eager", "swap_space", "dtype", "trust_remote_code",
            "disable_log_stats", "limit_mm_per_prompt",
        ]
        for key in options { table[key] = (argumentsFix, false) }
        let features = [
            "router", "pii", "pii_detection", "mitm", "compression", "pipeline", "diffusers", "step", "cfg_scale",
            "tts", "mcp", "agent", "cutstrings", "extract_regex", "trimspace", "trimsuffix",
        ]
        for key in features { table[key] = ("remove it: this version does nothing of the kind", false) }
        return table
    }()
}
