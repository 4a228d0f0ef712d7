/// Makes the body of a chat completion out of that of `POST /v1/messages` or of `POST /v1/messages/count_tokens`.
///
/// Fields follow https://platform.claude.com/docs/en/api/messages. Hints without effect on what is answered are left out:
/// `cache_control`, `service_tier`, `speed`, `context_management`, `diagnostics`, `user_profile_id`, `workspace_id`, `anthropic_version`,
/// `anthropic_beta`, `betas`. Fields that the dialect does not define go to the engine as they are.
struct AnthropicRequest {
    private(set) var body: [UInt8] = []
    private(set) var stream = false
    private(set) var thinking = AnthropicThinking()
    /// The fields that are in the body.
    private var written: Set<String> = ["messages"]

    private static let hints: [StaticString] = [
        "cache_control", "service_tier", "speed", "context_management", "diagnostics", "user_profile_id",
        "workspace_id", "anthropic_version", "anthropic_beta", "betas",
    ]
    /// What only Anthropic can do.
    private static let refused: [(key: StaticString, why: String)] = [
        ("container", "There are no containers here in which code or skills could run. Leave it out."),
        (
            "mcp_servers",
            "Engines here do not call MCP servers. Call them from the client and give their tools as tools."
        ),
        ("inference_geo", "Where a model runs is decided in its file here, not by a request. Leave it out."),
    ]

    /// Reads and writes everything.
    /// - Parameter isForCounting: whether tokens are to be counted: then nothing is asked for.
    init(_ bytes: UnsafeRawBufferPointer, isForCounting: Bool = false) throws(EnvelopeError) {
        let request = try RequestValue(body: bytes).object()
        body.reserveCapacity(bytes.count + bytes.count / 8 + 256)
        body.append(constant: #"{"messages":["#)
        try appendMessages(request)
        body.append(UInt8(ascii: "]"))
        if !isForCounting {
            let limit = try request.required("max_tokens")
            try name("max_tokens", limit)
            body.append(number: try limit.count(least: 1))
            stream = try request["stream"]?.truth() ?? false
            body.append(constant: #","stream":true,"stream_options":{"include_usage":true}"#)
        }
        for (key, value) in request.members where value.kind != .null { try append(key, value) }
        try thinking.append(to: &body, own: request)
        body.append(UInt8(ascii: "}"))
    }

    private mutating func appendMessages(_ request: RequestObject) throws(EnvelopeError) {
        var turns = AnthropicTurns()
        if let system = request["system"] { try turns.add(system: system) }
        let messages = try request.required("messages")
        let elements = try messages.elements()
        guard !elements.isEmpty else { throw messages.error("at least one message is required") }
        for message in elements { try turns.add(try message.object()) }
        body += turns.messages
    }

    private mutating func append(_ key: UnsafeRawBufferPointer, _ value: RequestValue) throws(EnvelopeError) {
        if let refused = Self.refused.first(where: { key.equals($0.key) }) {
            if value.kind == .array, try value.elements().isEmpty { return }
            throw value.error(refused.why)
        }
        switch value.path {
        case "messages", "system", "max_tokens", "stream", "stream_options", "chat_template_kwargs": break
        case "stop_sequences": try append(stops: value)
        case "metadata": try append(metadata: value)
        case "tools":
            guard try !value.elements().isEmpty else { return }
            try name("tools", value)
            try AnthropicTools.append(tools: value, to: &body)
        case "tool_choice": try append(choice: try value.object())
        case "thinking": try thinking.read(thinking: value)
        case "output_config": try append(output: try value.object())
        case "output_format": try append(format: try value.object())
        case "n" where !value.raw.equals("1"): throw value.error("An answer has one message here. Leave it out.")
        default:
            guard !Self.hints.contains(where: { key.equals($0) }) else { return }
            try name(value.path, value)
            body += value.raw
        }
    }

    private mutating func append(choice: RequestObject) throws(EnvelopeError) {
        try name("tool_choice", choice.value)
        try AnthropicTools.append(choice, to: &body)
        if let isAlone = choice["disable_parallel_tool_use"], try isAlone.truth() {
            try name("parallel_tool_calls", isAlone)
            body.append(constant: "false")
        }
    }

    private mutating func append(stops value: RequestValue) throws(EnvelopeError) {
        let stops = try value.elements()
        for stop in stops where try stop.text().isEmpty { throw stop.error("A stop sequence must not be empty") }
        guard !stops.isEmpty else { return }
        try name("stop", value)
        body += value.raw
    }

    /// The user goes by OpenAI's name; what else is there stays.
    private mutating func append(metadata value: RequestValue) throws(EnvelopeError) {
        let metadata = try value.object()
        if let user = metadata["user_id"] {
            try name("user", user)
            body.append(quoted: try user.text())
        }
        let others = metadata.members.filter { !$0.key.equals("user_id") }
        guard !others.isEmpty else { return }
        try name("metadata", value)
        for (index, (key, value)) in others.enumerated() {
            body.append(UInt8(ascii: index == 0 ? "{" : ","))
            body.append(quoted: key)
            body.append(UInt8(ascii: ":"))
            body += value.raw
        }
        body.append(UInt8(ascii: "}"))
    }

    private mutating func append(output config: RequestObject) throws(EnvelopeError) {
        try config.allow("effort", "format")
        if let effort = config["effort"] { try thinking.read(effort: effort) }
        if let format = config["format"] { try append(format: try format.object()) }
    }

    /// An answer by a schema. `output_format` is what it was called while it was a beta.
    private mutating func append(format: RequestObject) throws(EnvelopeError) {
        try format.allow("type", "schema")
        let type = try format.required("type")
        guard try type.text().equals("json_schema") else { throw type.error("Input should be \"json_schema\"") }
        try name("response_format", format.value)
        body.append(constant: #"{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":"#)
        body += try format.required("schema").object().value.raw
        body.append(constant: "}}")
    }

    /// Begins a field of the body, which engines must not get twice: they would not agree about which of them counts.
    private mutating func name(_ key: String, _ value: RequestValue) throws(EnvelopeError) {
        guard written.insert(key).inserted else {
            throw value.error("The request says twice what an engine is told as \"\(key)\". Leave one out.")
        }
        body.append(UInt8(ascii: ","))
        body.append(quoted: JSONText.escaped(key))
        body.append(UInt8(ascii: ":"))
    }
}
