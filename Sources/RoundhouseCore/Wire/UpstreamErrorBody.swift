/// What an upstream said about an error. Off the hot path: reads the shapes that engines and clouds use.
public struct UpstreamErrorBody: Sendable, Equatable {
    /// Its sentence.
    public var message: String?
    /// `error.type`
    public var type: String?
    /// `error.code`, if it is a word; some engines put the HTTP status there.
    public var code: String?
    /// `error.param`
    public var parameter: String?
    /// Tokens of the prompt, where an engine says that it is too long (llama.cpp's `n_prompt_tokens`).
    public var promptTokens: Int?
    /// Tokens of the context, along with it (llama.cpp's `n_ctx`).
    public var contextTokens: Int?

    /// Nothing known.
    public init() {}

    /// Whether the request was too long for the model.
    public var isContextOverflow: Bool {
        type == "exceed_context_size_error" || code == "context_length_exceeded"
            || message?.contains("maximum context length") == true
            // llama.cpp about a text to embed, with status 500.
            || message?.contains("is too large to process. increase the physical batch size") == true
    }

    /// A sentence with the figures, if they are known.
    public var contextExplanation: String? {
        guard let promptTokens, let contextTokens else { return nil }
        return Self.contextExplanation("\(promptTokens)", of: contextTokens)
    }

    /// What is said of a prompt that does not fit, whoever has counted its tokens.
    public static func contextExplanation(_ tokens: String, of context: Int) -> String {
        "The prompt has \(tokens) tokens; this model's context has \(context) (context_size of the model). Shorten it, or use a "
            + "model with a longer context."
    }

    /// Reads an error's body: `{"error":{...}}` (OpenAI, llama.cpp, vLLM), `{"error":"text"}` (Ollama),
    /// `{"detail":"text"}` (FastAPI), `{"message":"text"}`, or text of any kind, of which the first 200 characters are kept.
    public static func parse(_ bytes: UnsafeRawBufferPointer) -> UpstreamErrorBody {
        var body = UpstreamErrorBody()
        let shape = JSONValue(bytes)
        switch shape?["error"] {
        case .string(let text): body.message = text
        case .object(let fields):
            // What is no text is not meant for people.
            body.message = fields["message"]?.string
            body.type = fields["type"]?.string
            body.code = fields["code"]?.string
            body.parameter = fields["param"]?.string
            body.promptTokens = fields["n_prompt_tokens"]?.int
            body.contextTokens = fields["n_ctx"]?.int
        default: body.message = shape?["detail"]?.string ?? shape?["message"]?.string ?? plainText(bytes)
        }
        return body
    }

    /// Reads an error's body without secrets of ours that the upstream repeats in it. They go before anything is cut off,
    /// so that no part of one is left, and once more from what was escaped.
    public static func parse(_ bytes: UnsafeRawBufferPointer, without secrets: [Secret]) -> UpstreamErrorBody {
        let texts = secrets.map { $0.reveal() }.filter { !$0.isEmpty }
        guard !texts.isEmpty else { return parse(bytes) }
        func clean(_ text: String) -> String { texts.reduce(text) { $0.replacing($1, with: "…") } }
        var body = Array(clean(String(decoding: bytes, as: UTF8.self)).utf8).withUnsafeBytes { parse($0) }
        for field in [\UpstreamErrorBody.message, \.type, \.code, \.parameter] {
            body[keyPath: field] = body[keyPath: field].map(clean)
        }
        return body
    }

    /// Text without tags and with its white space folded.
    private static func plainText(_ bytes: UnsafeRawBufferPointer) -> String? {
        var text = ""
        var isInTag = false
        for character in String(decoding: bytes.prefix(4096), as: UTF8.self) {
            if character == "<" {
                isInTag = true
            } else if character == ">" {
                isInTag = false
            } else if !isInTag {
                if !character.isWhitespace {
                    text.append(character)
                } else if !text.isEmpty, text.last != " " {
                    text.append(" ")
                }
            }
            if text.count >= 200 { break }
        }
        return text.isEmpty ? nil : text
    }
}
