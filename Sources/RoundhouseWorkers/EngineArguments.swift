internal import RoundhouseCore

/// Fills in the templates of an engine's arguments.
struct EngineArguments {
    let settings: LaunchSettings
    let name: String
    let address: UpstreamAddress
    /// Where it may leave files for clients; `${FILES}`.
    var files = ""

    /// The arguments of an engine whose launch is data: the fixed ones, those for keys that are set, and the operator's own.
    func arguments(of launch: EngineLaunch) -> [String] {
        var arguments = launch.arguments.map(filled)
        for key in launch.options.keys.sorted() {
            guard let option = launch.options[key], let value = value(of: key) else { continue }
            arguments += [option, value]
        }
        if settings.embeddings { arguments += launch.modes[.embeddings] ?? [] }
        if settings.reranking { arguments += launch.modes[.rerank] ?? [] }
        return arguments + settings.arguments.map(filled)
    }

    /// A text with the places of its template filled.
    func filled(_ text: String) -> String {
        var text = text
        for (place, value) in places { text = text.replacing("${\(place)}", with: value) }
        return text
    }

    private var places: [(String, String)] {
        var places = [
            ("MODEL", settings.weights), ("NAME", name), ("FILES", files), ("FILES_NAME", name.fileName),
        ]
        switch address {
        case .unix(let path): places.append(("SOCKET", path))
        case .tcp(_, let port, _): places.append(("PORT", String(port)))
        }
        return places
    }

    /// What the file says for a key; nil if it says nothing.
    private func value(of key: String) -> String? {
        switch key {
        case "parameters.model": settings.weights.isEmpty ? nil : settings.weights
        case "parallel": String(settings.parallel)
        case "threads": settings.threads.map { String($0) }
        case "context_size": settings.isContextSizeGiven ? String(settings.contextSize) : nil
        case "chat_template": settings.chatTemplate
        default: nil
        }
    }
}
