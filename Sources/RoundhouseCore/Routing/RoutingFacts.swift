/// What a request says that routes decide by, found in a body that has been scanned. Asked only for requests to routes.
public struct RoutingFacts: Sendable {
    /// What it needs besides the API.
    public var needs: RequestNeeds = []
    /// Tokens that its prompt is expected to have.
    public var inputTokens = 0
    /// Tokens that it has for certain, or more.
    public var leastInputTokens = 0

    /// About as many bytes of English make a token in the usual vocabularies.
    static let bytesPerToken = 4

    /// Nothing is known.
    public init() {}

    /// Reads a scanned body.
    public init(_ envelope: RequestEnvelope, in body: UnsafeRawBufferPointer) {
        if envelope.hasImages { needs.insert(.vision) }
        if envelope.hasTools { needs.insert(.tools) }
        for key in ["response_format", "format", "text"] {
            if let field = envelope.field(key, in: body), Self.contains("schema", in: body, field.value) {
                needs.insert(.jsonSchema)
            }
        }
        let prompt = ["messages", "prompt", "input"].lazy.compactMap { envelope.field($0, in: body) }.first
        if let prompt, Self.contains("\"input_audio\"", in: body, prompt.value) { needs.insert(.audio) }
        leastInputTokens = PromptFloor.tokens(of: envelope, in: body)
        let textBytes = ["messages", "prompt", "input", "system", "instructions", "tools"].reduce(0) { sum, key in
            sum + (envelope.field(key, in: body)?.value.count ?? 0)
        }
        // Images and sounds are many bytes and few tokens.
        let isMedia = needs.contains(.vision) || needs.contains(.audio)
        inputTokens = isMedia ? max(leastInputTokens, 1024) : max(leastInputTokens, textBytes / Self.bytesPerToken)
    }

    /// Who or what the request is made for, as it says itself, for what is sticky.
    public static func identity(
        _ kind: RouteStickiness, _ envelope: RequestEnvelope, in body: UnsafeRawBufferPointer
    ) -> Range<Int>? {
        let keys =
            switch kind {
            case .key: [String]()
            case .user: ["user", "safety_identifier"]
            case .session: ["session_id", "conversation_id", "prompt_cache_key"]
            }
        for key in keys {
            if let field = envelope.field(key, in: body), field.kind == .string, field.value.count > 2 {
                return field.value.lowerBound + 1..<field.value.upperBound - 1
            }
        }
        guard kind != .key, let metadata = envelope.field("metadata", in: body), metadata.kind == .object else {
            return nil
        }
        let name: StaticString = kind == .user ? "user_id" : "session_id"
        return JSONScan(body).members(of: metadata.value).last {
            $0.kind == .string && UnsafeRawBufferPointer(rebasing: body[$0.key]).equals(name)
        }.map { $0.value.lowerBound + 1..<$0.value.upperBound - 1 }
    }

    private static func contains(_ text: StaticString, in body: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        let length = text.utf8CodeUnitCount
        guard range.count >= length else { return false }
        let first = text.utf8Start[0]
        var index = range.lowerBound
        while index <= range.upperBound - length {
            if body[index] == first, UnsafeRawBufferPointer(rebasing: body[index..<index + length]).equals(text) {
                return true
            }
            index += 1
        }
        return false
    }
}
