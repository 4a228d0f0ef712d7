internal import RoundhouseCore

/// Reads keys that name files or folders on this machine. What is missing makes the model unavailable, and no more.
struct WeightsReader {
    let finder: FileFinder
    let problems: Problems
    let isDisabled: Bool

    /// The absolute path of what `parameters.model` names; its text as it is, or nothing, for an engine without weights.
    func weights(
        _ top: Section, _ parameters: Section?, _ kind: EngineLaunch.Weights, _ model: inout Model
    ) -> String {
        guard let entry = parameters?.entry("model") else {
            guard kind != .none else { return "" }
            problems.error(
                top.location, "this model has no weights", fix: "parameters:\n  model: \(kind.example)")
            return ""
        }
        guard let text = parameters?.text("model") else { return "" }
        if kind == .none {
            let path = finder.locate(text)
            return FileFinder.exists(path) ? path : text
        }
        if text.contains("://") || text.hasPrefix("huggingface:") || text.hasPrefix("hf:") {
            let reason = "its weights are not here: `\(text)` would have to be downloaded"
            problems.unavailable(
                entry.value.location, reason,
                fix: "download them into \(finder.shownFolder) and name what you have downloaded: \(kind.example)")
            model.unavailable = model.unavailable ?? reason
            return text
        }
        return existing(text, "weights", kind, entry.value.location, &model)
    }

    /// The absolute path of a file that a key names; nil if the key is not there.
    func file(_ key: String, _ top: Section, _ model: inout Model) -> String? {
        guard let entry = top.entry(key), let text = top.text(key) else { return nil }
        return existing(text, "`\(key)` file", .file([]), entry.value.location, &model)
    }

    private func existing(
        _ path: String, _ what: String, _ kind: EngineLaunch.Weights, _ location: SourceLocation?, _ model: inout Model
    ) -> String {
        let full = finder.locate(path)
        guard !isDisabled else { return full }
        let wantsFolder = kind == .folder
        if wantsFolder ? FileFinder.isFolder(full) : FileFinder.isFile(full) { return full }
        let name = model.profile.name
        let (reason, fix): (String, String)
        if FileFinder.exists(full) {
            let shown = FileFinder.shown(full)
            reason =
                "the \(what) cannot be used: \(shown) is a \(wantsFolder ? "file" : "folder"), and \(name) wants a "
                + "\(wantsFolder ? "folder" : "file")"
            fix =
                kind.otherEngine(of: name).map { "write `backend: \($0)`, or name \(kind.example)" }
                ?? "name \(kind.example)"
        } else {
            reason =
                "the \(what) cannot be found: there is no \(wantsFolder ? "folder" : "file") \(FileFinder.shown(full))"
            fix = finder.suggestion(for: full)
        }
        problems.unavailable(location, reason, fix: fix)
        model.unavailable = model.unavailable ?? reason
        return full
    }
}

extension EngineLaunch.Weights {
    /// What somebody may write.
    fileprivate var example: String {
        switch self {
        case .file(let endings):
            switch endings.first {
            case ".bin": "ggml-base.en.bin"
            case ".onnx": "en_US-lessac-medium.onnx"
            default: "llama-3.2-8b.Q4_K_M.gguf"
            }
        case .folder: "a folder with config.json and the weights"
        case .none: "a name"
        }
    }

    /// The engine that takes the other kind for the same work.
    fileprivate func otherEngine(of name: String) -> String? {
        [
            "whisper": "faster-whisper", "faster-whisper": "whisper", "transformers": "llama-cpp",
            "llama-cpp": "transformers",
        ][name]
    }
}
