/// An API besides OpenAI's by which an attached engine says which models it has, what they can do and which of them it has
/// loaded, and is told how long to keep them. Pure: where to ask, and what the answers mean.
public struct NativeAPI: Sendable, Equatable {
    /// `GET`: the models that are there.
    public var listPath: String
    /// `POST` with a model's name: what it can do.
    public var showPath: String
    /// `GET`: the models that are loaded.
    public var loadedPath: String
    /// `POST` with a model's name and `keep_alive`.
    public var residencePath: String
    /// What its words for capabilities stand for; others stand for nothing here.
    public var capabilities: [String: CapabilitySet]
    /// What a name without a tag ends with.
    public var defaultTag: String
    /// The command that fetches a model, before its name.
    public var fetchCommand: String

    /// What a model can do, and how long its context is; nil where the engine does not say.
    public struct Details: Sendable, Equatable {
        /// What it can be asked for.
        public var capabilities: CapabilitySet?
        /// Tokens that it was made for.
        public var contextLength: Int?

        /// Nothing known.
        public init() {}
    }

    /// A model in the engine's memory.
    public struct Loaded: Sendable, Equatable {
        /// Its name, with its tag.
        public var name: String
        /// Bytes that it takes altogether.
        public var size: Int?
        /// Those of them that are on a GPU.
        public var sizeOnGPU: Int?
        /// When it is unloaded unless it is used before, as the engine writes it.
        public var until: String?
    }
}

extension NativeAPI {
    /// Ollama's `/api` (its documentation: `docs/api.md`).
    public static let ollama = NativeAPI(
        listPath: "/api/tags", showPath: "/api/show", loadedPath: "/api/ps", residencePath: "/api/generate",
        capabilities: [
            "completion": [.chat, .completion], "tools": [.tools], "vision": [.vision], "embedding": [.embeddings],
        ],
        defaultTag: "latest", fetchCommand: "ollama pull")

    /// Where the API is on a server whose OpenAI API is at `basePath`: beside its `/v1`.
    public func path(_ path: String, besides basePath: String) -> String {
        (basePath.hasSuffix("/v1") ? String(basePath.dropLast(3)) : basePath) + path
    }

    /// The body that asks what a model can do.
    public func showBody(model: String) -> [UInt8] { JSONValue.object(["model": .string(model)]).text }

    /// The body that tells how long a model stays after its last request. It has no prompt, so that nothing is generated.
    public func residenceBody(model: String, _ residence: Residence) -> [UInt8] {
        JSONValue.object(["model": .string(model), "keep_alive": .int(residence.seconds), "stream": .bool(false)]).text
    }

    /// The names in a list of models; nil if it is none.
    public func names(_ body: [UInt8]) -> [String]? { models(body)?.compactMap { $0["name"]?.string } }

    /// The loaded models; nil if the answer is none.
    public func loaded(_ body: [UInt8]) -> [Loaded]? {
        models(body)?.compactMap { model in
            model["name"]?.string.map {
                Loaded(
                    name: $0, size: model["size"]?.int, sizeOnGPU: model["size_vram"]?.int,
                    until: model["expires_at"]?.string)
            }
        }
    }

    /// What is said of one model; nil if the answer is no description.
    public func details(_ body: [UInt8]) -> Details? {
        guard let answer = body.withUnsafeBytes({ JSONValue($0) }), case .object = answer else { return nil }
        var details = Details()
        let known = (answer["capabilities"]?.elements ?? []).compactMap { $0.string.flatMap { capabilities[$0] } }
        // Older servers name none; and words of which none is known say nothing.
        if !known.isEmpty { details.capabilities = known.reduce([]) { $0.union($1) } }
        if let info = answer["model_info"], let kind = info["general.architecture"]?.string {
            details.contextLength = info["\(kind).context_length"]?.int
        }
        return details
    }

    /// Whether two names mean the same model: a tag may be left out.
    public func isSame(_ name: String, _ other: String) -> Bool { tagged(name) == tagged(other) }

    /// Says that a model is not there, and what to do; `names` are those that are.
    public func absence(of model: String, among names: [String]) -> String {
        let near = NearestName.among(names, of: model, limit: 3).map { "`\($0)`" }
        let hint = near.isEmpty ? "" : " It has \(near.joined(separator: ", "))."
        return "The server has no model `\(model)`.\(hint) \(advice(for: model))"
    }

    /// How to get a model.
    public func advice(for model: String) -> String { "Fetch it on its machine with `\(fetchCommand) \(model)`." }

    private func tagged(_ name: String) -> String {
        // A colon before a slash belongs to a registry's port.
        let last = name.split(separator: "/").last ?? ""
        return last.contains(":") ? name : "\(name):\(defaultTag)"
    }

    private func models(_ body: [UInt8]) -> [JSONValue]? {
        switch body.withUnsafeBytes({ JSONValue($0) })?["models"] {
        case .array(let models): models
        // How an empty list may be written.
        case .null: []
        default: nil
        }
    }
}
