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
        guard let launch = profile.launch else { return }
        for entry in top.entries
        where EngineProfile.allLaunchKeys.contains(entry.key) && !launch.keys.contains(entry.key) {
            problems.error(entry.location, "`\(entry.key)` means nothing to \(profile.name)", fix: "remove it")
        }
        let reader = WeightsReader(finder: finder, problems: problems, isDisabled: isDisabled)
        var settings = LaunchSettings(weights: reader.weights(top, parameters, launch.weights, &model))
        let contextFix =
            "write the tokens that one request may use, for example `context_size: 8192`, or leave it out for 4096; "
            + "the trained maximum is not taken by itself because it can need far more memory than there is"
        settings.contextSize = top.int("context_size", 1...Self.many, fix: contextFix) ?? settings.contextSize
        settings.isContextSizeGiven = top.entry("context_size") != nil
        settings.parallel = top.int("parallel", 1...1024) ?? launch.parallel
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
        settings.mmproj = reader.file("mmproj", top, &model)
        settings.chatTemplate = reader.file("chat_template", top, &model)
        settings.pooling = parameters?.word("pooling", ["none", "mean", "cls", "last", "rank"])
        settings.promptCacheMiB = promptCache(top) ?? settings.promptCacheMiB
        settings.arguments = arguments(top, launch)
        if launch.program == .command { readCommand(top, &settings) }
        model.placement = .launched(settings)
        model.weightBytes = FileFinder.size(settings.weights)
        if model.limits.concurrent == nil { model.limits.concurrent = settings.parallel }
        readResidency(top, &model)
        readMemory(top, &model)
        if !isDisabled, let problem = engineProblem(profile) {
            problems.unavailable(top.entry("backend")?.location ?? model.source, problem)
            model.unavailable = model.unavailable ?? problem
        }
    }

    /// `command` and `probe` of a model that brings its own program.
    private func readCommand(_ top: Section, _ settings: inout LaunchSettings) {
        let fix = "command: [my-server, --port, \"${PORT}\"]"
        guard let entry = top.entry("command") else {
            problems.error(top.location, "`backend: command` needs a `command`", fix: fix)
            return
        }
        if case .scalar = entry.value.content {
            settings.command = (top.text("command") ?? "").split(separator: " ").map(String.init)
        } else {
            settings.command = top.texts("command")?.map(\.text) ?? []
        }
        let all = settings.command + settings.arguments
        if settings.command.isEmpty {
            problems.error(entry.location, "`command` is empty", fix: fix)
        } else if !all.contains(where: { $0.contains("${PORT}") || $0.contains("${SOCKET}") }) {
            problems.error(
                entry.location, "`command` tells its program nowhere where to listen",
                fix: "put ${PORT} (a loopback port) or ${SOCKET} (a Unix socket) where it belongs")
        }
        settings.listensOnSocket = all.contains { $0.contains("${SOCKET}") }
        guard let probe = top.entry("probe"), let path = top.text("probe") else { return }
        if path.hasPrefix("/"), !path.contains(" ") {
            settings.probePath = path
        } else {
            problems.error(probe.location, "`probe` must be a path on the program's server", fix: "probe: /health")
        }
    }

    private func promptCache(_ top: Section) -> Int? {
        guard let entry = top.entry("prompt_cache") else { return nil }
        if ["off", "false", "no"].contains(entry.value.text?.lowercased()) { return 0 }
        return top.bytes("prompt_cache").map { ($0 + (1 << 20) - 1) >> 20 }
    }

    private func arguments(_ top: Section, _ launch: EngineLaunch) -> [String] {
        let arguments = top.texts("args") ?? []
        for (argument, location) in arguments {
            let option = argument.prefix { $0 != "=" }
            guard let key = launch.reserved[String(option)] else { continue }
            problems.error(
                location, "`\(option)` in `args` is set by Roundhouse itself",
                fix: key.isEmpty ? "remove it" : "use the key `\(key)`")
        }
        return arguments.map(\.text)
    }
}
