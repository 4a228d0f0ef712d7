#if canImport(Glibc)
private import Glibc
#endif

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
    /// What is expected of a prompt with images or sounds, whose bytes say nothing.
    static let tokensWithMedia = 1024

    /// Nothing is known.
    public init() {}

    /// Reads a scanned body.
    /// - Parameter leastContext: the smallest context that the prompt might not fit.
    public init(_ envelope: RequestEnvelope, in body: UnsafeRawBufferPointer, leastContext: Int?) {
        if envelope.hasImages { needs.insert(.vision) }
        if envelope.hasTools { needs.insert(.tools) }
        for key: StaticString in ["response_format", "format", "text"] {
            if let field = envelope.field(key, in: body), Self.contains("schema", in: body, field.value) {
                needs.insert(.jsonSchema)
            }
        }
        var bytes = 0
        for key: StaticString in ["messages", "prompt", "input", "system", "instructions", "tools"] {
            guard let field = envelope.field(key, in: body) else { continue }
            bytes += field.value.count
            if Self.contains("\"input_audio\"", in: body, field.value) { needs.insert(.audio) }
        }
        if let leastContext, PromptFloor.isWorthCounting(body.count, context: leastContext) {
            leastInputTokens = PromptFloor.tokens(of: envelope, in: body)
        }
        // Images and sounds are many bytes and few tokens.
        let isMedia = needs.contains(.vision) || needs.contains(.audio)
        inputTokens = max(leastInputTokens, isMedia ? Self.tokensWithMedia : bytes / Self.bytesPerToken)
    }

    /// Who or what the request is made for, as it says itself, for what is sticky.
    public static func identity(
        _ kind: RouteStickiness, _ envelope: RequestEnvelope, in body: UnsafeRawBufferPointer
    ) -> Range<Int>? {
        let keys: [StaticString] =
            switch kind {
            case .key: []
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
        guard let base = body.baseAddress else { return false }
        let length = text.utf8CodeUnitCount
        var index = range.lowerBound
        while index + length <= range.upperBound,
            let hit = memchr(base + index, Int32(text.utf8Start[0]), range.upperBound - index - length + 1)
        {
            index = hit - UnsafeMutableRawPointer(mutating: base)
            if UnsafeRawBufferPointer(rebasing: body[index..<index + length]).equals(text) { return true }
            index += 1
        }
        return false
    }
}
