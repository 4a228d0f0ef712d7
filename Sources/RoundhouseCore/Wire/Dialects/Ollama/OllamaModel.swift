/// A model as Ollama's lists show it (`ListModelResponse`, `ProcessModelResponse` and `ShowResponse` of its api/types.go).
public struct OllamaModel: Sendable {
    /// Its configured name.
    public var name: String
    /// Bytes of its weights; 0 if they are not here.
    public var size: Int64 = 0
    /// When it was changed last, in nanoseconds since 1970.
    public var modifiedAt: Int64 = 0
    /// What kind of file it is: `gguf`, `safetensors`.
    public var format: String?
    /// Its architecture: `llama`.
    public var family: String?
    /// `8.0B`
    public var parameterSize: String?
    /// `Q4_K_M`
    public var quantization: String?
    /// What it can be asked for.
    public var capabilities: CapabilitySet
    /// Tokens that its context holds, if that is known.
    public var contextLength: Int?

    /// A model of which nothing further is known.
    public init(name: String, capabilities: CapabilitySet) {
        self.name = name
        self.capabilities = capabilities
    }

    /// The fields that every list has. There is no manifest whose digest could be given: it is made from the name, and as lasting as that.
    func writeCard(into card: inout JSONObjectWriter) {
        let listed = OllamaName.listed(name)
        card.add("name", listed)
        card.add("model", listed)
        card.add("size", Int(size))
        card.add("digest", KeyHash(secret: listed).hex)
        writeDetails(into: &card)
    }

    /// `details`, empty where nothing is known.
    func writeDetails(into card: inout JSONObjectWriter) {
        var details = JSONObjectWriter()
        details.add("parent_model", "")
        details.add("format", format ?? "")
        details.add("family", family ?? "")
        details.add("families", elements: family.map { [JSONText.quoted($0)] } ?? [])
        details.add("parameter_size", parameterSize ?? "")
        details.add("quantization_level", quantization ?? "")
        card.add("details", raw: details.text)
    }

    /// Ollama's words for what it can do.
    var capabilityWords: [String] {
        let words: [(Capability, String)] = [
            (.chat, "completion"), (.completion, "completion"), (.vision, "vision"), (.tools, "tools"),
            (.embeddings, "embedding"), (.image, "image"),
        ]
        return words.filter { capabilities.contains($0.0) }.map(\.1).reduce(into: []) { found, word in
            if !found.contains(word) { found.append(word) }
        }
    }
}
