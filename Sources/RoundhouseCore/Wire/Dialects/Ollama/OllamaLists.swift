/// The answers of Ollama's API that need no engine.
public enum OllamaLists {
    /// A model that is loaded, for `/api/ps`.
    public struct Loaded: Sendable {
        /// The model; `size` is the memory that it takes.
        public var model: OllamaModel
        /// When it will be unloaded, in nanoseconds since 1970; nil is never.
        public var expiresAt: Int64?
        /// Bytes of it that are in a GPU's memory.
        public var sizeVRAM: Int64

        /// Makes an entry.
        public init(model: OllamaModel, expiresAt: Int64?, sizeVRAM: Int64) {
            self.model = model
            self.expiresAt = expiresAt
            self.sizeVRAM = sizeVRAM
        }
    }

    /// `GET /api/version`
    public static func version(_ version: String) -> [UInt8] {
        var answer = JSONObjectWriter()
        answer.add("version", version)
        return answer.text
    }

    /// `GET /api/tags`: the models that there are.
    public static func tags(_ models: [OllamaModel]) -> [UInt8] {
        list(
            models.map { model in
                var card = JSONObjectWriter()
                model.writeCard(into: &card)
                card.add("modified_at", OllamaTimestamp.text(model.modifiedAt))
                return card.text
            })
    }

    /// `GET /api/ps`: the models that are loaded.
    public static func loaded(_ models: [Loaded]) -> [UInt8] {
        list(
            models.map { loaded in
                var card = JSONObjectWriter()
                loaded.model.writeCard(into: &card)
                // Clients show a moment in a far century as never.
                card.add("expires_at", loaded.expiresAt.map(OllamaTimestamp.text) ?? "9999-12-31T23:59:59Z")
                card.add("size_vram", Int(loaded.sizeVRAM))
                card.add("context_length", loaded.model.contextLength ?? 0)
                return card.text
            })
    }

    /// `POST /api/show`: one model. There is no Modelfile, and a template is the engine's business; what asks for them gets nothing.
    public static func show(_ model: OllamaModel) -> [UInt8] {
        var answer = JSONObjectWriter()
        for name in ["modelfile", "parameters", "template"] { answer.add(name, "") }
        model.writeDetails(into: &answer)
        var info = JSONObjectWriter()
        if let family = model.family { info.add("general.architecture", family) }
        if let length = model.contextLength { info.add("\(model.family ?? "general").context_length", length) }
        answer.add("model_info", raw: info.text)
        answer.add("capabilities", elements: model.capabilityWords.map(JSONText.quoted))
        answer.add("modified_at", OllamaTimestamp.text(model.modifiedAt))
        return answer.text
    }

    private static func list(_ cards: [[UInt8]]) -> [UInt8] {
        var answer = JSONObjectWriter()
        answer.add("models", elements: cards)
        return answer.text
    }
}
