/// `POST /api/chat` of Ollama: messages in, a line for every piece of the answer out, or one object with `"stream":false`.
///
/// Request and answer are `ChatRequest` and `ChatResponse` of Ollama's api/types.go.
public struct OllamaChat: OllamaDialect {
    private let clock: @Sendable () -> Int64

    /// - Parameter clock: nanoseconds since 1970; answers say when they were made and how long they took.
    public init(clock: @escaping @Sendable () -> Int64) {
        self.clock = clock
    }

    /// Makes the chat request that means the same.
    public func request(_ body: UnsafeRawBufferPointer, model: String) throws(EnvelopeError) -> TranslatedRequest {
        let fields = try JSONFields(body)
        let messages = try OllamaMessages.translated(fields)
        guard !messages.isEmpty else { throw fields.error("messages", "is empty: there is nothing to answer") }
        var request = JSONObjectWriter()
        request.add("messages", elements: messages)
        let tools = try Self.tools(fields)
        if !tools.isEmpty { request.add("tools", elements: tools) }
        let streams = try OllamaGeneration.write(fields, except: ["messages", "tools"], into: &request)
        return TranslatedRequest(
            body: request.text, answer: OllamaAnswer(.chat, model: model, streams: streams, clock: clock))
    }

    /// Tools look like OpenAI's, but for `type`, which may be missing.
    private static func tools(_ fields: JSONFields) throws(EnvelopeError) -> [[UInt8]] {
        var tools: [[UInt8]] = []
        for (index, element) in try fields.elements("tools").enumerated() {
            let tool = try fields.object(element, at: index, of: "tools")
            guard try tool.object("function") != nil else {
                throw tool.error("function", "is missing: it names and describes the function that may be called")
            }
            var translated = JSONObjectWriter()
            translated.addRest(of: tool, except: tool["type"] == nil ? ["type"] : [])
            translated.add("type", "function")
            tools.append(translated.text)
        }
        return tools
    }
}
