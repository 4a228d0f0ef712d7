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
    /// `/v1/audio/transcriptions`
    case transcription
    /// `/v1/audio/translations`
    case translation
    /// `/v1/audio/speech`
    case speech
    /// `/v1/images/generations`
    case image
    /// `/v1/images/edits`
    case imageEdit = "image_edit"
    /// `/v1/moderations`
    case moderation
}
