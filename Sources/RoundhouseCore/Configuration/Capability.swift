/// What a model can be asked for; the words of `capabilities:`.
public enum Capability: String, Sendable, CaseIterable {
    /// `/v1/chat/completions`
    case chat
    /// `/v1/completions`
    case completion
    /// `/v1/embeddings`
    case embeddings
    /// `/v1/rerank`
    case rerank
    /// Tool definitions in a chat request.
    case tools
    /// Images in a chat request.
    case vision
}
