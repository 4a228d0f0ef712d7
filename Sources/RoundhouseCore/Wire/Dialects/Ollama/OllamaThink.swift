/// `think`: whether, or how hard, a model is to think before it answers.
///
/// OpenAI's API only has `reasoning_effort`; whether a model thinks at all is up to its chat template, which llama.cpp, vLLM and
/// transformers hand `chat_template_kwargs` to. Templates call it `enable_thinking` (Qwen) or `thinking` (DeepSeek, Granite), and know
/// nothing of what is not meant for them.
enum OllamaThink {
    private static let levels: Set<String> = ["minimal", "low", "medium", "high", "max"]

    static func write(_ fields: JSONFields, into request: inout JSONObjectWriter) throws(EnvelopeError) {
        guard let think = fields["think"] else { return }
        var level: String?
        switch think.kind {
        case .true, .false: break
        case .string where levels.contains(fields.text(think)): level = fields.text(think)
        default: throw fields.error("think", #"must be true, false, "low", "medium", "high" or "max""#)
        }
        // The most that every engine knows.
        if level == "max" { level = "high" }
        var arguments = JSONObjectWriter()
        // What a client tells the template itself goes before what follows from `think`.
        if let own = try fields.object("chat_template_kwargs") { arguments.addRest(of: own, except: []) }
        arguments.add("enable_thinking", think.kind != .false)
        arguments.add("thinking", think.kind != .false)
        if let level {
            arguments.add("reasoning_effort", level)
            request.add("reasoning_effort", level)
        }
        request.add("chat_template_kwargs", raw: arguments.text)
    }
}
