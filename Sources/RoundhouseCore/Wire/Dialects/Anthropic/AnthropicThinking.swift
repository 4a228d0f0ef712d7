/// How much a model is to think, in the words of all engines, each of which ignores the others':
/// `chat_template_kwargs.enable_thinking` (the templates of Qwen and others, in llama.cpp and vLLM), `reasoning_effort` (OpenAI's, gpt-oss) and
/// `thinking_budget_tokens` (llama.cpp). What a client says in these words itself counts more.
struct AnthropicThinking {
    private var isOn: Bool?
    private var budget: Int?
    private var effort: StaticString?
    /// Whether the client gets to read the thoughts. Where it says nothing of them, it gets what the model thinks by itself.
    private(set) var isShown = true

    /// Reads `thinking`.
    mutating func read(thinking value: RequestValue) throws(EnvelopeError) {
        let thinking = try value.object()
        try thinking.allow("type", "budget_tokens", "display")
        let type = try thinking.required("type")
        if try type.text().equals("disabled") {
            isOn = false
            isShown = false
        } else if try type.text().equals("enabled") {
            isOn = true
            budget = try thinking.required("budget_tokens").count(least: 1)
        } else if try type.text().equals("adaptive") {
            isOn = true
        } else {
            throw type.error("Input should be \"enabled\", \"adaptive\" or \"disabled\"")
        }
        if let display = thinking["display"] {
            let text = try display.text()
            guard text.equals("summarized") || text.equals("omitted") else {
                throw display.error("Input should be \"summarized\" or \"omitted\"")
            }
            if text.equals("omitted") { isShown = false }
        }
    }

    /// Reads `output_config.effort`. Engines know three steps.
    mutating func read(effort value: RequestValue) throws(EnvelopeError) {
        let text = try value.text()
        let efforts: [(StaticString, StaticString)] = [
            ("low", "low"), ("medium", "medium"), ("high", "high"), ("xhigh", "high"), ("max", "high"),
        ]
        guard let found = efforts.first(where: { text.equals($0.0) }) else {
            throw value.error("Input should be \"low\", \"medium\", \"high\", \"xhigh\" or \"max\"")
        }
        effort = found.1
    }

    /// Writes what the client did not say itself, as members of the request's object.
    func append(to body: inout [UInt8], own request: RequestObject) throws(EnvelopeError) {
        if let isOn {
            let own = try request["chat_template_kwargs"]?.object().members ?? []
            body.append(constant: #","chat_template_kwargs":{"#)
            if !own.contains(where: { $0.key.equals("enable_thinking") }) {
                body.append(constant: #""enable_thinking":"#)
                body.append(constant: isOn ? "true" : "false")
            }
            for (key, value) in own {
                if body.last != UInt8(ascii: "{") { body.append(UInt8(ascii: ",")) }
                body.append(quoted: key)
                body.append(UInt8(ascii: ":"))
                body += value.raw
            }
            body.append(UInt8(ascii: "}"))
        } else if let own = request["chat_template_kwargs"] {
            body.append(constant: #","chat_template_kwargs":"#)
            body += own.raw
        }
        if let effort = effort ?? budget.map(Self.effort), request["reasoning_effort"] == nil {
            body.append(constant: #","reasoning_effort":""#)
            body.append(constant: effort)
            body.append(UInt8(ascii: "\""))
        }
        if let budget, request["thinking_budget_tokens"] == nil {
            body.append(constant: #","thinking_budget_tokens":"#)
            body.append(number: budget)
        }
    }

    /// Anthropic's smallest budget is 1024 tokens, and 16,000 is what its guide uses for hard tasks.
    private static func effort(_ budget: Int) -> StaticString {
        budget < 4096 ? "low" : budget < 16_000 ? "medium" : "high"
    }
}
