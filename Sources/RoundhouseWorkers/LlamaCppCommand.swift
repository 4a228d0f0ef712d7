internal import RoundhouseCore

/// Spells a model's settings as arguments of llama.cpp's server. The wheel's `serve.py` takes the same ones.
struct LlamaCppCommand {
    let settings: LaunchSettings
    let alias: String
    let socket: String

    /// The command for the server that was found.
    ///
    /// What not all builds of llama-server know is told to the program through the environment, where the others ignore
    /// it; an argument that it does not know would stop it. Among this is how weights are loaded: `--no-mmap` and
    /// `--mlock` became `--load-mode` in 2026.
    func command(for server: EngineLocator.LlamaServer, environment: [String: String]) -> EngineCommand {
        switch server {
        case .wheel(let python, let script):
            var arguments = [script] + common + ["--cache-ram", String(settings.promptCacheMiB)]
            if let mode = loadMode { arguments += ["--load-mode", mode] }
            return EngineCommand(
                program: python, arguments: arguments + settings.arguments, environment: environment)
        case .program(let path):
            var environment = environment
            environment["LLAMA_ARG_CACHE_RAM"] = String(settings.promptCacheMiB)
            environment["LLAMA_ARG_UI"] = "0"
            environment["LLAMA_ARG_OFFLINE"] = "1"
            environment["LLAMA_ARG_LOAD_MODE"] = loadMode
            if settings.mmap == false { environment["LLAMA_ARG_NO_MMAP"] = "1" }
            if settings.mlock { environment["LLAMA_ARG_MLOCK"] = "1" }
            let arguments = common + ["--jinja", "--metrics"]
            return EngineCommand(program: path, arguments: arguments + settings.arguments, environment: environment)
        }
    }

    private var common: [String] {
        // llama.cpp divides the context by the slots; a client is promised the whole of it.
        var arguments = [
            "--model", settings.weights, "--host", socket, "--alias", alias, "--ctx-size",
            String(settings.contextSize * settings.parallel), "--parallel", String(settings.parallel),
        ]
        func add(_ name: String, _ value: String?) {
            if let value { arguments += [name, value] }
        }
        add("--n-gpu-layers", settings.gpuLayers.map { String($0) })
        add("--threads", settings.threads.map { String($0) })
        add("--mmproj", settings.mmproj)
        add("--flash-attn", settings.flashAttention)
        add("--cache-type-k", settings.cacheTypeK)
        add("--cache-type-v", settings.cacheTypeV)
        add("--chat-template-file", settings.chatTemplate)
        if settings.embeddings || settings.reranking {
            // An input to embed must fit into one physical batch.
            let batch = String(max(settings.batch ?? 0, settings.contextSize))
            arguments += ["--batch-size", batch, "--ubatch-size", batch]
            arguments.append(settings.reranking ? "--rerank" : "--embeddings")
            add("--pooling", settings.pooling)
        } else {
            add("--batch-size", settings.batch.map { String($0) })
        }
        return arguments
    }

    private var loadMode: String? {
        switch (settings.mmap, settings.mlock) {
        case (nil, false): nil
        case (false, false): "none"
        case (false, true): "mlock"
        case (true, false): "mmap"
        case (true, true), (nil, true): "mmap+mlock"
        }
    }
}
