internal import RoundhouseCore

/// Turns one mapping of a model file into a `Model`. All findings go to `problems`.
struct ModelParser {
    let finder: FileFinder
    let environment: [String: String]
    let problems: Problems
    /// Whether a chat template knows tools; nil if it cannot be told.
    let knowsTools: (LaunchSettings) -> Bool?
    /// nil if the engine can be launched here, else why not.
    let engineProblem: (EngineProfile) -> String?

    /// The model, also an unusable one; nil if not even its name or engine is known.
    func model(_ value: YAMLValue) -> Model? {
        guard case .mapping(let written) = value.content else {
            problems.error(
                value.location, "a model must be a mapping of keys, found \(value.found)",
                fix: "write, for example:\nname: llama3\nbackend: llama-cpp\nparameters:\n  model: llama-3.2.gguf")
            return nil
        }
        let entries = LostIndentation.repair(
            written,
            sections: [
                ("parameters", KnownKeys.parameters), ("limits", KnownKeys.limits), ("timeouts", KnownKeys.timeouts),
                ("cost", KnownKeys.cost),
            ], known: KnownKeys.model, problems: problems)
        let top = Section(entries: entries, location: value.location, problems: problems)
        top.rejectUnknown(known: KnownKeys.model, advice: LocalAIKeys.advice)
        for key in ["description", "usage"] { _ = top.text(key) }
        let parameters = top.section("parameters")
        parameters?.rejectUnknown(known: KnownKeys.parameters, advice: LocalAIKeys.parameterAdvice)
        let names = EntryNames(problems: problems)
        let name = names.name(top)
        let backend = backend(top, parameters)
        let source = value.location ?? SourceLocation(file: finder.shownFolder, line: 1)
        // A known engine without a name, or the other way round, is read to its end for the sake of its other mistakes.
        let profile = backend.profile ?? EngineProfile(name: backend.name ?? "", capabilities: [])
        var model = Model(name: name ?? "", profile: profile, source: source, placement: .attached([]))
        model.unavailable = backend.missing
        model.aliases = names.aliases(top, name: name)
        model.requestDefaults = parameters.map(ParameterParser.defaults) ?? []
        if let launch = profile.launch { model.timeouts.load = launch.loadTimeout }
        readLimits(top, &model)
        readRouting(top, &model)
        model.cost = cost(top)
        let isDisabled = top.bool("disabled") ?? false
        if let profile = backend.profile {
            let endpoints = endpoints(top)
            if let endpoints {
                attach(top, parameters, endpoints, &model)
            } else if profile.canLaunch {
                launch(top, parameters, isDisabled: isDisabled, &model)
            } else {
                problems.error(
                    top.entry("backend")?.location ?? source, "`backend: \(profile.name)` needs an `endpoint`",
                    fix: "endpoint: https://api.example.com/v1")
            }
            readCapabilities(top, isLaunched: endpoints == nil, &model)
        }
        if isDisabled {
            model.unavailable = "it is switched off (`disabled: true` in \(source.file))"
            problems.note(top.entry("disabled")?.location, "the model \(model.name) is switched off")
        }
        guard name != nil, backend.profile != nil || backend.missing != nil else { return nil }
        return model
    }

    /// The engine: its profile if this version knows it, `missing` if it is known and not in this version.
    private func backend(
        _ top: Section, _ parameters: Section?
    ) -> (name: String?, profile: EngineProfile?, missing: String?) {
        guard let entry = top.entry("backend") else {
            if top.entry(["endpoint", "endpoints"]) != nil {
                problems.note(top.location, "no `backend` given: taken as `backend: openai` because of the endpoint")
                return (EngineProfile.openAI.name, .openAI, nil)
            }
            if let weights = parameters?.entry("model")?.value.text, weights.lowercased().hasSuffix(".gguf") {
                problems.note(top.location, "no `backend` given: taken as `backend: llama-cpp` because of the .gguf")
                return (EngineProfile.llamaCpp.name, .llamaCpp, nil)
            }
            problems.error(
                top.location, "this model has no `backend`, and it cannot be told from the weights",
                fix: "add one of: " + EngineProfile.all.map { "backend: \($0.name)" }.joined(separator: ", "))
            return (nil, nil, nil)
        }
        guard let text = entry.value.text else {
            top.expected("the name of an engine", entry)
            return (nil, nil, nil)
        }
        if let profile = EngineProfile.named(text) { return (profile.name, profile, nil) }
        if KnownKeys.laterBackends.contains(text.lowercased()) {
            let missing = "the backend `\(text)` is not in this version"
            problems.unavailable(
                entry.location, missing,
                fix: "start a server of it that speaks OpenAI's API, and attach that:\nbackend: openai\n"
                    + "endpoint: http://127.0.0.1:8000/v1")
            return (text, nil, missing)
        }
        let known = EngineProfile.all.flatMap { [$0.name] + $0.synonyms }
        let nearest = NearestName.among(known + KnownKeys.laterBackends.sorted(), of: text, limit: 1).first
        let names = EngineProfile.all.map(\.name).joined(separator: ", ")
        problems.error(
            entry.location, "unknown backend `\(YAMLValue.shortened(text))`",
            fix: nearest.map { "did you mean `backend: \($0)`?" } ?? "this version knows: \(names)")
        return (nil, nil, nil)
    }
}
