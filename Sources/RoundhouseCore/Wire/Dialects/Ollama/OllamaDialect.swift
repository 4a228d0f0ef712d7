/// What Ollama's ways of asking have in common (docs/api.md and api/types.go of Ollama): errors that are a text.
public protocol OllamaDialect: Dialect {}

extension OllamaDialect {
    /// `{"error":"text"}`
    public func body(of error: ErrorAnswer) -> [UInt8] {
        Array(#"{"error":"#.utf8) + JSONText.quoted(error.message) + [UInt8(ascii: "}")]
    }

    /// The same as the last line of a stream: a client knows by it that no line with `done` will come.
    public func lastWords(_ error: ErrorAnswer) -> [UInt8] {
        body(of: error) + [0x0a]
    }
}
