/// The fields that `/api/chat` and `/api/generate` share.
enum OllamaGeneration {
    /// What Ollama defines. `truncate` and `shift` say what to do with a context that is full: engines refuse a prompt that is too long and
    /// end an answer with `length`, both of which a client is told. `keep_alive` is the gateway's business.
    private static let known: Set<String> = [
        "model", "stream", "format", "options", "think", "keep_alive", "logprobs", "top_logprobs", "truncate", "shift",
        "_debug_render_only", "stream_options",
    ]

    /// Writes what an engine is told, and every field that nobody here knows as it is.
    /// - Parameter others: names of fields that the caller has dealt with.
    /// - Returns: whether the client wants a stream, which is Ollama's default.
    static func write(
        _ fields: JSONFields, except others: Set<String>, into request: inout JSONObjectWriter
    ) throws(EnvelopeError) -> Bool {
        let streams = try fields.flag("stream") ?? true
        _ = try Residence(fields)
        if try fields.flag("_debug_render_only") == true {
            throw fields.error("_debug_render_only", "is not offered here: engines do not show what a template makes")
        }
        if let model = fields["model"] { request.add("model", raw: fields.raw(model)) }
        request.add("stream", true)
        request.add("stream_options", raw: #"{"include_usage":true}"#.utf8)
        try writeFormat(fields, into: &request)
        try OllamaThink.write(fields, into: &request)
        if try fields.flag("logprobs") == true {
            request.add("logprobs", true)
            if let top = try fields.whole("top_logprobs"), top > 0 { request.add("top_logprobs", top) }
        }
        let options = try fields.object("options")
        if let options { try OllamaOptions.write(options, into: &request) }
        request.addRest(of: fields, except: known.union(others))
        if let options { try OllamaOptions.writeRest(options, into: &request) }
        return streams
    }

    /// `format`: the word json, or a schema, whose properties keep their order because models answer in it.
    private static func writeFormat(
        _ fields: JSONFields, into request: inout JSONObjectWriter
    ) throws(EnvelopeError) {
        guard let format = fields["format"] else { return }
        if format.kind == .object {
            request.add(
                "response_format",
                raw: Array(#"{"type":"json_schema","json_schema":{"name":"answer","schema":"#.utf8)
                    + Array(fields.raw(format)) + Array("}}".utf8))
            return
        }
        guard format.kind == .string, ["", "json"].contains(fields.text(format)) else {
            throw fields.error("format", #"must be "json" or a JSON schema"#)
        }
        if fields.text(format) == "json" { request.add("response_format", raw: #"{"type":"json_object"}"#.utf8) }
    }
}
