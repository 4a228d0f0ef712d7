import RoundhouseCore

/// What the measured code is given: the same shapes and sizes as in the benchmark of the hop.
enum Samples {
    /// A chat request of about `size` bytes; `model` and `stream` come last, the bad case for a scan.
    static func request(size: Int, stream: Bool) -> [UInt8] {
        let prose =
            "A gateway stands between those who ask and the machines that answer, and it should cost neither of them more "
            + "than a \\\"moment\\\".\\nEvery café has a menu, and whoever orders from it need not know the kitchen. "
        let head =
            #"{"messages":[{"role":"system","content":"You are helpful."},{"role":"user","content":""#
        let tail =
            #""}],"tools":[{"type":"function","function":{"name":"look_up","description":"Finds an entry","#
            + #""parameters":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}}}],"#
            + #""temperature":0.7,"max_tokens":256,"model":"model-25""# + (stream ? #","stream":true}"# : "}")
        var text = ""
        while head.utf8.count + text.utf8.count + tail.utf8.count < size { text += prose }
        return Array((head + text + tail).utf8)
    }

    /// A chunked answer: 50 events of 180 bytes, the usage event, `[DONE]`.
    static let stream: [UInt8] = {
        let head = #"data: {"id":"chatcmpl-0123456789abcdef","object":"chat.completion.chunk","created":1700000000,"#
        let delta =
            head + #""model":"upstream","choices":[{"index":0,"delta":{"content":"some text "},"finish_reason":null}]}"#
        let usage =
            head
            + #""model":"upstream","choices":[],"usage":{"prompt_tokens":312,"completion_tokens":50,"total_tokens":362}}"#
        let events = [String](repeating: delta, count: 50) + [usage, "data: [DONE]"]
        let chunks = events.map { String($0.utf8.count + 2, radix: 16) + "\r\n" + $0 + "\n\n\r\n" }
        return Array((chunks.joined() + "0\r\n\r\n").utf8)
    }()

    /// Secrets of 1,000 keys.
    static let secrets = (0..<1000).map { "rh-bench-\($0)-" + String(repeating: "k", count: 43) }

    /// What a usual request comes to.
    static let record: RequestRecord = {
        var record = RequestRecord()
        record.startedAt = 1_795_000_000_123_456_789
        record.requestID = "r0123456789abcd"
        record.route = "POST /v1/chat/completions"
        record.feature = "doc-summary"
        record.backend = "llama-cpp"
        record.model = "llama3"
        record.requestedModel = "assistant"
        record.reason = "alias"
        record.key = "research-ci"
        record.team = "research"
        record.usage.inputTokens = 890
        record.usage.outputTokens = 120
        record.usageSource = .provider
        record.status = 200
        record.outcome = .ok
        record.firstByteMicroseconds = 41_000
        record.durationMicroseconds = 912_000
        record.overheadMicroseconds = 140
        return record
    }()
}
