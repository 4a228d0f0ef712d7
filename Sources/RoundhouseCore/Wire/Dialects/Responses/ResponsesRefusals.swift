/// What is not passed on of a request: fields that ask for what cannot be had here, and hints without effect on what is answered.
enum ResponsesRefusals {
    /// Hints about caching, conversations' compression, delivery and built-in tools. `store` and the like are here because they have been
    /// checked to say nothing that would have to be done.
    static let hints: Set<String> = [
        "store", "previous_response_id", "conversation", "truncation", "background", "background_options", "prompt",
        "context_management", "moderation", "max_tool_calls", "prompt_cache_options", "image", "access_programs", "n",
    ]

    private static let unkept: [(name: String, why: String)] = [
        (
            "previous_response_id",
            "cannot be looked up: responses are not stored here (`responses: {store: true}` in config/roundhouse.yaml). Send the whole "
                + "conversation in \"input\""
        ),
        ("conversation", "cannot be looked up: conversations are not stored here. Send all of it in \"input\""),
    ]

    private static let absent: [(name: String, why: String)] = [
        ("prompt", "names a prompt that is stored at OpenAI. Send its text in \"instructions\" and \"input\""),
        ("moderation", "asks for a check that engines here do not make. Leave it out"),
    ]

    /// Refuses what would need answers that are kept here.
    static func checkKeeping(_ fields: JSONFields, isKeeping: Bool) throws(EnvelopeError) {
        for (name, why) in unkept where fields[name] != nil { throw fields.error(name, why) }
        if try fields.flag("store") == true, !isKeeping {
            throw fields.error(
                "store",
                "must be false or left out: responses are not stored here (`responses: {store: true}` in config/roundhouse.yaml)"
            )
        }
        if try fields.flag("background") == true {
            throw fields.error(
                "background", "must be false or left out: a response is made while its client waits for it")
        }
    }

    /// Refuses what cannot be had.
    /// - Parameter isKeeping: whether responses are kept here, so that what is said of that has been heeded.
    static func check(_ fields: JSONFields, isKeeping: Bool) throws(EnvelopeError) {
        try checkKeeping(fields, isKeeping: isKeeping)
        for (name, why) in absent where fields[name] != nil { throw fields.error(name, why) }
        if let truncation = try fields.string("truncation"), truncation != "disabled" {
            throw fields.error(
                "truncation", "must be \"disabled\" or left out: nothing is taken out of a conversation here")
        }
        guard try fields.elements("context_management").isEmpty else {
            throw fields.error("context_management", "cannot be done here: engines do not compact. Leave it out")
        }
        if let count = try fields.whole("n"), count != 1 {
            throw fields.error("n", "must be 1 or left out: a response is one answer")
        }
        if fields["messages"] != nil {
            throw fields.error("messages", "belongs to /v1/chat/completions. Here the conversation stands in \"input\"")
        }
    }
}

extension JSONFields {
    /// The content of a string with its escapes, as it may be copied into another; nil if the field is missing.
    func content(_ name: String) throws(EnvelopeError) -> [UInt8]? {
        try stringField(name).map { Array(raw($0).dropFirst().dropLast()) }
    }

    /// A field that must be there.
    func required<Value>(_ name: String, _ value: Value?) throws(EnvelopeError) -> Value {
        guard let value else { throw error(name, "is missing") }
        return value
    }

    /// Refuses fields besides `names`, so that none gets lost unnoticed. What is null or false asks for nothing.
    func allow(_ names: Set<String>) throws(EnvelopeError) {
        for (name, field) in all where !names.contains(name) && field.kind != .null && field.kind != .false {
            throw error(name, "cannot be told to an engine. Leave it out")
        }
    }
}
