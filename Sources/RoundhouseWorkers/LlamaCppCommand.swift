internal import RoundhouseCore

/// Spells a model's settings as arguments of llama.cpp's server. The wheel's `serve.py` takes the same ones.
struct LlamaCppCommand {
    let settings: LaunchSettings
    let alias: String
    let socket: String

    /// The command for the server that was found.
    ///
    /// What only newer builds of llama-server know is told to the program through the environment, where an older build
    /// ignores it; an argument that it does not know would stop it.
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
            var arguments = common + ["--jinja", "--metrics"]
            if settings.mmap == false { arguments.append("--no-mmap") }
            if settings.mlock { arguments.append("--mlock") }
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
