internal import FoundationEssentials
internal import RoundhouseCore

extension ModelParser {
    /// The endpoints of an attached model; nil for one that is launched, an empty list if all of them are wrong.
    func endpoints(_ top: Section) -> [Endpoint]? {
        if let one = top.entry("endpoint"), top.entry("endpoints") != nil {
            problems.error(one.location, "`endpoint` and `endpoints` are both given", fix: "keep `endpoints: [...]`")
        }
        guard let key = top.entry(["endpoints", "endpoint"])?.key else { return nil }
        guard let texts = top.texts(key) else { return [] }
        if texts.isEmpty {
            problems.error(top.entry(key)?.location, "`\(key)` is empty", fix: "\(key): [http://host:8000/v1]")
        }
        var endpoints: [Endpoint] = []
        for (text, location) in texts {
            do throws(EndpointParser.Refusal) {
                let endpoint = try EndpointParser.parse(text)
                if endpoints.contains(endpoint) {
                    problems.error(location, "the endpoint `\(text)` stands here twice", fix: "remove one of them")
                } else {
                    endpoints.append(endpoint)
                }
            } catch {
                problems.error(location, error.message, fix: error.fix)
            }
        }
        return endpoints
    }

    /// The keys of a model that runs elsewhere.
    func attach(_ top: Section, _ parameters: Section?, _ endpoints: [Endpoint], _ model: inout Model) {
        model.placement = .attached(endpoints)
        let isResident = model.profile.native != nil
        let launchKeys = EngineProfile.allLaunchKeys.union(KnownKeys.launchedOnly)
            .subtracting(isResident ? KnownKeys.residency : [])
        if isResident { model.residence = attachedResidence(top, endpoints) }
        for entry in top.entries where launchKeys.contains(entry.key) && !entry.value.isNull {
            problems.error(
                entry.location, "`\(entry.key)` is only for engines that Roundhouse starts; this model has an endpoint",
                fix: "remove `\(entry.key)`, or remove the endpoint and name an engine to start")
        }
        for key in ["pooling", "batch"] {
            if let entry = parameters?.entry(key) {
                problems.error(
                    entry.location, "`parameters.\(key)` is only for engines that Roundhouse starts",
                    fix: "remove it")
            }
        }
        if let upstream = parameters?.text("model") { model.upstreamName = upstream }
        model.isOwn = top.bool("local")
        model.apiKey = credential(top, &model)
        if model.apiKey != nil, let entry = top.entry(["api_key", "api_key_file"]) {
            for case .tcp(let host, _, tls: false) in endpoints.map(\.address) where !isLoopback(host) {
                problems.warning(
                    entry.location, "the key is sent to \(host) without encryption", fix: "write https:// if it can")
            }
        }
    }

    private func attachedResidence(_ top: Section, _ endpoints: [Endpoint]) -> Residence? {
        let residence = residence(top)
        if residence != nil, endpoints.contains(where: \.isEncrypted) {
            problems.warning(
                top.entry(KnownKeys.residency)?.location, "`keep_alive` is not told to servers behind https",
                fix: "set it there (OLLAMA_KEEP_ALIVE), and remove it here")
        }
        if case .idle(let duration) = residence, duration < .seconds(1) {
            problems.error(
                top.entry("keep_alive")?.location, "an attached engine cannot be told to keep a model for less than 1s",
                fix: "write, for example: keep_alive: 1m")
            return nil
        }
        return residence
    }

    private func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    private func credential(_ top: Section, _ model: inout Model) -> Secret? {
        if let file = top.entry("api_key_file") {
            if top.entry("api_key") != nil {
                problems.error(file.location, "`api_key` and `api_key_file` are both given", fix: "keep one of them")
            }
            return top.text("api_key_file").flatMap { fromFile($0, file.location, &model) }
        }
        guard let entry = top.entry("api_key"), let text = top.text("api_key") else { return nil }
        guard text.hasPrefix("$") else {
            problems.warning(
                entry.location, "the key stands in the file itself, which should not be shared then",
                fix: "write `api_key: ${env:NAME}` or `api_key_file: path`")
            return checked(text, entry.location, &model)
        }
        guard text.hasPrefix("${env:"), text.hasSuffix("}") else {
            // What is written like a variable is repeated; anything else may be the key itself.
            let name = text.drop { $0 == "$" || $0 == "{" }.prefix { $0 != "}" }
            let isVariable =
                name.allSatisfy { $0.isUppercase || $0.isNumber || $0 == "_" }
                && ["KEY", "TOKEN", "SECRET"].contains { name.hasSuffix($0) }
            problems.error(
                entry.location, "`api_key` is no reference to the environment",
                fix: "api_key: ${env:\(isVariable ? String(name) : "NAME")}")
            return nil
        }
        let name = String(text.dropFirst(6).dropLast())
        guard !name.isEmpty,
            name.lowercased().utf8.allSatisfy({ OriginParser.isLetterOrDigit($0) || $0 == UInt8(ascii: "_") })
        else {
            // It is not repeated: it may be the key itself.
            problems.error(
                entry.location, "`api_key` names no variable of the environment", fix: "api_key: ${env:CLOUD_KEY}")
            return nil
        }
        guard let value = environment[name], !value.isEmpty else {
            let reason = "its API key is missing: the environment variable \(name) is not set"
            problems.unavailable(entry.location, reason, fix: "export \(name)=... before starting Roundhouse")
            model.unavailable = model.unavailable ?? reason
            return nil
        }
        return checked(value, entry.location, &model)
    }

    private func fromFile(_ path: String, _ location: SourceLocation?, _ model: inout Model) -> Secret? {
        let full = FileFinder.absolute(path, in: finder.modelsFolder)
        do {
            let text = String(decoding: try Data(contentsOf: URL(filePath: full)), as: UTF8.self)
            let trimmed = text.drop(while: \.isWhitespace)
            let end = trimmed.lastIndex { !$0.isWhitespace }
            return checked(end.map { String(trimmed[...$0]) } ?? "", location, &model)
        } catch {
            let reason = "its API key is missing: \(FileFinder.shown(full)) cannot be read"
            problems.unavailable(
                location, "\(reason): \(YAMLReader.reason(error))",
                fix: "a relative path is looked for in \(finder.shownFolder)")
            model.unavailable = model.unavailable ?? reason
            return nil
        }
    }

    /// A credential that can stand in a request head: visible ASCII only.
    private func checked(_ key: String, _ location: SourceLocation?, _ model: inout Model) -> Secret? {
        guard !key.isEmpty, key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            let reason = "its API key is empty, or holds a space, a line break or a character outside ASCII"
            problems.unavailable(location, reason, fix: "give the key alone, without `Bearer` and quotes")
            model.unavailable = model.unavailable ?? reason
            return nil
        }
        return Secret(key)
    }
}
