/// `options` of a request: how the next token is chosen, and how the model is run (`Options` and `Runner` of Ollama's api/types.go).
enum OllamaOptions {
    /// How an engine is to use its machine. They change nothing of what is answered, and the operator has decided about them.
    private static let hints: Set<String> = [
        "numa", "num_batch", "num_gpu", "main_gpu", "low_vram", "f16_kv", "logits_all", "vocab_only", "use_mmap",
        "use_mlock", "embedding_only", "num_thread", "num_keep", "draft_num_predict", "penalize_newline",
    ]
    private static let numbers = [
        "temperature", "top_p", "min_p", "typical_p", "presence_penalty", "frequency_penalty",
    ]
    private static let wholeNumbers = ["top_k", "repeat_last_n"]
    private static let known =
        hints.union(numbers).union(wholeNumbers).union(["num_ctx", "num_predict", "seed", "stop", "repeat_penalty"])
    /// What decides about a request, and is looked for beside `options`.
    private static let misplaced: Set<String> = [
        "model", "messages", "prompt", "input", "stream", "stream_options", "tools", "functions", "metadata", "user",
        "max_tokens", "max_completion_tokens", "n",
    ]

    /// Writes what Ollama defines.
    static func write(_ options: JSONFields, into request: inout JSONObjectWriter) throws(EnvelopeError) {
        _ = try contextSize(options)
        for name in numbers { if try options.number(name) != nil { pass(name, of: options, into: &request) } }
        for name in wholeNumbers { if let value = try options.whole(name) { request.add(name, value) } }
        if try options.number("repeat_penalty") != nil {
            // llama.cpp calls it as Ollama does, vLLM otherwise; each leaves the other's name alone.
            pass("repeat_penalty", of: options, into: &request)
            pass("repeat_penalty", as: "repetition_penalty", of: options, into: &request)
        }
        // Zero, -1 (without end) and -2 (until the context is full) are what engines do when they are told nothing.
        if let count = try options.whole("num_predict"), count > 0 { request.add("max_tokens", count) }
        // -1 is another one each time.
        if let seed = try options.whole("seed"), seed >= 0 { request.add("seed", seed) }
        try writeStop(options, into: &request)
    }

    /// Writes options that nobody here knows: samplers of an engine, as a rule.
    static func writeRest(_ options: JSONFields, into request: inout JSONObjectWriter) throws(EnvelopeError) {
        for (name, _) in options.all where misplaced.contains(name) {
            throw options.error(name, "is no option: write it beside \"options\", not into it")
        }
        request.addRest(of: options, except: known)
    }

    /// The context that a client wants to have, in tokens.
    static func contextSize(_ options: JSONFields) throws(EnvelopeError) -> Int? {
        guard let size = try options.whole("num_ctx") else { return nil }
        guard size > 0 else { throw options.error("num_ctx", "must be a number of tokens above 0") }
        return size
    }

    private static func writeStop(
        _ options: JSONFields, into request: inout JSONObjectWriter
    ) throws(EnvelopeError) {
        guard let stop = options["stop"] else { return }
        if stop.kind == .string {
            if !options.text(stop).isEmpty { pass("stop", of: options, into: &request) }
            return
        }
        let texts = try options.elements("stop")
        if let index = texts.firstIndex(where: { $0.kind != .string }) {
            throw options.error("stop[\(index)]", "must be a string, and is \(texts[index].kind.words)")
        }
        if !texts.isEmpty { pass("stop", of: options, into: &request) }
    }

    private static func pass(
        _ name: String, as other: String? = nil, of options: JSONFields, into request: inout JSONObjectWriter
    ) {
        if let field = options[name] { request.add(other ?? name, raw: options.raw(field)) }
    }
}
