internal import RoundhouseCore

extension ModelParser {
    /// `capabilities` (or LocalAI's `known_usecases`), `embeddings`, `reranking`: what the model can be asked for, and
    /// how its engine is to be started for it.
    func readCapabilities(_ top: Section, isLaunched: Bool, _ model: inout Model) {
        let embeddings = top.bool("embeddings") ?? false
        let reranking = top.bool("reranking") ?? false
        if embeddings, reranking {
            problems.error(
                top.entry("reranking")?.location, "`embeddings` and `reranking` cannot both be true",
                fix: "write two models over the same weights, one for each")
        }
        let key = top.entry(["capabilities", "known_usecases"])?.key
        let declared = key.flatMap { declaredCapabilities(top, $0) }
        var launch: LaunchSettings?
        if case .launched(let settings) = model.placement { launch = settings }
        var capabilities = model.profile.capabilities
        if launch?.mmproj != nil { capabilities.insert(.vision) }
        if embeddings { capabilities = [.embeddings] }
        if reranking { capabilities = [.rerank] }
        if let declared {
            let location = key.flatMap { top.entry($0)?.location }
            if (embeddings && declared != [.embeddings]) || (reranking && declared != [.rerank]) {
                let only = embeddings ? "embeddings" : "rerank"
                problems.error(
                    location, "with `\(embeddings ? "embeddings" : "reranking"): true` the engine serves \(only) alone",
                    fix: "remove `\(key ?? "capabilities")`, or write a second model for the rest")
            } else if launch != nil {
                check(declared, location, model.profile, hasProjector: launch?.mmproj != nil)
            }
            capabilities = declared
        } else if launch != nil, embeddings || reranking {
            check(
                capabilities, top.entry(embeddings ? "embeddings" : "reranking")?.location, model.profile,
                hasProjector: false)
        }
        if let launch, model.profile.dropsToolsSilently, capabilities.contains(.tools), model.unavailable == nil,
            knowsTools(launch) == false
        {
            if declared == nil {
                capabilities.remove(.tools)
            } else {
                problems.warning(
                    key.flatMap { top.entry($0)?.location },
                    "the chat template of these weights knows no tools: \(model.profile.name) would leave them out of a prompt",
                    fix: "name a template that does, `chat_template: FILE`, or leave `tools` out")
            }
        }
        launch?.embeddings = embeddings || declared == [.embeddings]
        launch?.reranking = reranking || declared == [.rerank]
        if let launch { model.placement = .launched(launch) }
        model.capabilities = capabilities
        model.learnsCapabilities = model.profile.native != nil && declared == nil && !embeddings && !reranking
    }

    private func check(
        _ declared: CapabilitySet, _ location: SourceLocation?, _ profile: EngineProfile, hasProjector: Bool
    ) {
        let impossible = declared.subtracting(profile.possibleCapabilities)
        if let one = Capability.allCases.first(where: impossible.contains) {
            let can = Capability.allCases.filter(profile.possibleCapabilities.contains).map(\.rawValue)
            problems.error(
                location, "\(profile.name) cannot do `\(one.rawValue)`",
                fix: "it can do: \(can.joined(separator: ", "))")
        }
        guard profile.servesOneMode else { return }
        // One process of it serves text, or embeddings, or rerank.
        let modes = [!declared.isDisjoint(with: [.chat, .completion]), declared.contains(.embeddings)]
        if (modes + [declared.contains(.rerank)]).count(where: { $0 }) > 1 {
            problems.error(
                location, "one engine process serves either text, or embeddings, or rerank",
                fix: "write a model for each; they may name the same weights")
        }
        if declared.contains(.vision), !hasProjector, profile.launch?.keys.contains("mmproj") == true {
            problems.error(
                location, "`vision` needs the projector that belongs to the weights", fix: "mmproj: mmproj-model.gguf")
        }
        if declared.contains(.tools) || declared.contains(.vision), !declared.contains(.chat) {
            problems.error(location, "`tools` and `vision` are parts of a chat", fix: "add `chat` to the list")
        }
    }

    private func declaredCapabilities(_ top: Section, _ key: String) -> CapabilitySet? {
        if key == "capabilities", let other = top.entry("known_usecases") {
            problems.error(
                other.location, "`known_usecases` is another name of `capabilities`", fix: "keep `capabilities`")
        }
        guard let texts = top.texts(key) else { return nil }
        var result: CapabilitySet = []
        for (text, location) in texts {
            var word = text.lowercased()
            if word.hasPrefix("flag_") { word.removeFirst(5) }
            if let capability = Capability(rawValue: word) ?? KnownKeys.usecases[word] {
                result.insert(capability)
            } else if KnownKeys.laterUsecases.contains(word) {
                problems.warning(location, "this version has no API for `\(text)`", fix: "remove it from `\(key)`")
            } else {
                let words = Capability.allCases.map(\.rawValue)
                let nearest = NearestName.among(words, of: word, limit: 1).first
                problems.error(
                    location, "unknown capability `\(YAMLValue.shortened(text))`",
                    fix: nearest.map { "did you mean `\($0)`?" } ?? "known: \(words.joined(separator: ", "))")
            }
        }
        guard !result.isEmpty else {
            if texts.isEmpty {
                problems.error(top.entry(key)?.location, "`\(key)` is empty", fix: "leave it out for the default")
            }
            return nil
        }
        return result
    }
}
