internal import RoundhouseCore

extension ModelParser {
    private static let cacheTypes = ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1"]
    private static let many = Int(Int32.max)

    /// The keys of a model whose engine Roundhouse starts.
    func launch(_ top: Section, _ parameters: Section?, isDisabled: Bool, _ model: inout Model) {
        for key in ["api_key", "api_key_file"] {
            if let entry = top.entry(key) {
                problems.error(
                    entry.location, "`\(key)` is only for a model with an `endpoint`",
                    fix: "remove it, or add the `endpoint` that wants the key")
            }
        }
        if let entry = top.entry("local") {
            problems.error(
                entry.location, "`local` is only for a model with an `endpoint`",
                fix: "remove it: an engine that Roundhouse starts is local")
        }
        let profile = model.profile
        let allLaunchKeys = Set(EngineProfile.all.flatMap(\.launchKeys))
        for entry in top.entries where allLaunchKeys.contains(entry.key) && !profile.launchKeys.contains(entry.key) {
            problems.error(entry.location, "`\(entry.key)` means nothing to \(profile.name)", fix: "remove it")
        }
        var settings = LaunchSettings(weights: weights(top, parameters, isDisabled: isDisabled, &model))
        let contextFix =
            "write the tokens that one request may use, for example `context_size: 8192`, or leave it out for 4096; "
            + "the trained maximum is not taken by itself because it can need far more memory than there is"
        settings.contextSize = top.int("context_size", 1...Self.many, fix: contextFix) ?? settings.contextSize
        settings.parallel = top.int("parallel", 1...1024) ?? settings.parallel
        if let layers = top.int("gpu_layers", -1...Self.many) { settings.gpuLayers = layers < 0 ? nil : layers }
        settings.threads = top.int("threads", 1...4096)
        settings.batch = top.int("batch", 1...Self.many) ?? parameters?.int("batch", 1...Self.many)
        _ = top.bool("f16")
        settings.mmap = top.bool("mmap")
        settings.mlock = top.bool("mmlock") ?? false
        switch top.word("flash_attention", ["on", "off", "auto", "true", "false"]) {
        case "on", "true": settings.flashAttention = "on"
        case "off", "false": settings.flashAttention = "off"
        case let other: settings.flashAttention = other
        }
        settings.cacheTypeK = top.word("cache_type_k", Self.cacheTypes)
        settings.cacheTypeV = top.word("cache_type_v", Self.cacheTypes)
        settings.mmproj = file("mmproj", top, isDisabled: isDisabled, &model)
        settings.chatTemplate = file("chat_template", top, isDisabled: isDisabled, &model)
        settings.pooling = parameters?.word("pooling", ["none", "mean", "cls", "last", "rank"])
        settings.promptCacheMiB = promptCache(top) ?? settings.promptCacheMiB
        settings.arguments = arguments(top, profile)
        model.placement = .launched(settings)
        if model.limits.concurrent == nil { model.limits.concurrent = settings.parallel }
        readResidency(top, &model)
        if !isDisabled, let problem = engineProblem(profile) {
            problems.unavailable(top.entry("backend")?.location ?? model.source, problem)
            model.unavailable = model.unavailable ?? problem
        }
    }

    private func weights(
        _ top: Section, _ parameters: Section?, isDisabled: Bool, _ model: inout Model
    ) -> String {
        guard let entry = parameters?.entry("model") else {
            problems.error(
                top.location, "this model has no weights", fix: "parameters:\n  model: llama-3.2-8b.Q4_K_M.gguf")
            return ""
        }
        guard let text = parameters?.text("model") else { return "" }
        if text.contains("://") || text.hasPrefix("huggingface:") || text.hasPrefix("hf:") {
            let reason = "its weights are not a file: `\(text)` would have to be downloaded"
            problems.unavailable(
                entry.value.location, reason, fix: "download the .gguf into \(finder.shownFolder) and name that file")
            model.unavailable = model.unavailable ?? reason
            return text
        }
        return existing(text, "weights", entry.value.location, isDisabled: isDisabled, &model)
    }

    private func file(_ key: String, _ top: Section, isDisabled: Bool, _ model: inout Model) -> String? {
        guard let entry = top.entry(key), let text = top.text(key) else { return nil }
        return existing(text, "`\(key)` file", entry.value.location, isDisabled: isDisabled, &model)
    }

    private func existing(
        _ path: String, _ what: String, _ location: SourceLocation?, isDisabled: Bool, _ model: inout Model
    ) -> String {
        let full = finder.locate(path)
        if !isDisabled, !FileFinder.isFile(full) {
            let reason = "the \(what) cannot be found: there is no file \(FileFinder.shown(full))"
            problems.unavailable(location, reason, fix: finder.suggestion(for: full))
            model.unavailable = model.unavailable ?? reason
        }
        return full
    }

    private func promptCache(_ top: Section) -> Int? {
        guard let entry = top.entry("prompt_cache") else { return nil }
        if ["off", "false", "no"].contains(entry.value.text?.lowercased()) { return 0 }
        return top.bytes("prompt_cache").map { ($0 + (1 << 20) - 1) >> 20 }
    }

    private func arguments(_ top: Section, _ profile: EngineProfile) -> [String] {
        let arguments = top.texts("args") ?? []
        for (argument, location) in arguments {
            let option = argument.prefix { $0 != "=" }
            guard let key = profile.reservedArguments[String(option)] else { continue }
            problems.error(
                location, "`\(option)` in `args` is set by Roundhouse itself",
                fix: key.isEmpty ? "remove it" : "use the key `\(key)`")
        }
        return arguments.map(\.text)
    }
}
