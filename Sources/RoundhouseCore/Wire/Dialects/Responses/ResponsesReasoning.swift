/// `reasoning`: how much a model is to think. Summaries are accepted as a wish: engines give the thoughts themselves.
enum ResponsesReasoning {
    private static let efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"]

    /// Writes `reasoning_effort`, and for no thinking at all what chat templates understand of it.
    /// - Returns: which fields the request uses.
    static func write(_ fields: JSONFields, into request: inout JSONObjectWriter) throws(EnvelopeError) -> [String] {
        guard let reasoning = try fields.object("reasoning") else { return [] }
        try reasoning.allow(["effort", "summary", "generate_summary", "context", "mode"])
        if let mode = try reasoning.string("mode"), mode != "standard" {
            throw reasoning.error("mode", "must be \"standard\" or left out: engines here have no other")
        }
        if try reasoning.string("context") == "all_turns" {
            throw reasoning.error("context", "must not be \"all_turns\": thoughts of earlier turns are left out here")
        }
        guard let effort = try reasoning.string("effort") else { return [] }
        guard efforts.contains(effort) else {
            throw reasoning.error(
                "effort", "must be one of \(efforts.joined(separator: ", ")), and is \(effort.quotedForMessage)")
        }
        // The most that every engine knows.
        request.add("reasoning_effort", effort == "xhigh" || effort == "max" ? "high" : effort)
        guard effort == "none" else { return ["reasoning.effort"] }
        var arguments = JSONObjectWriter()
        if let own = try fields.object("chat_template_kwargs") { arguments.addRest(of: own, except: []) }
        arguments.add("enable_thinking", false)
        arguments.add("thinking", false)
        request.add("chat_template_kwargs", raw: arguments.text)
        return ["reasoning.effort"]
    }
}
