import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Answers of real engines, byte for byte as they came once, on their way through the gateway.
@Suite struct TranscriptTests {
    /// A gateway in front of an upstream that answers everything with one transcript and closes.
    private func replay(
        _ name: String, profile: EngineProfile, request: String,
        _ body: (HTTPAnswer, TestGateway, ScriptedUpstream) async throws -> Void
    ) async throws {
        let bytes = try Transcript.bytes(name + ".http")
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.send(bytes)
        }
        let change: (inout Setup) -> Void = {
            $0.models = [.attached("tiny", to: upstream, profile: profile)]
            $0.models[0].upstreamName = "/tmp/models/tiny-llama"
        }
        try await TestGateway.run(upstream: upstream, change: change) { gateway in
            try await body(try await gateway.ask(request), gateway, upstream)
        }
    }

    private static func chat(_ extra: String = "") -> String {
        Request.post(
            #"{"model":"tiny","messages":[{"role":"user","content":"Say something."}],"top_k":5,"user":"u"\#(extra)}"#,
            to: "/v1/chat/completions")
    }

    private static let sentence = " Hello from the tiny chain model. It always says these same words and then stops!"

    private func events(_ answer: HTTPAnswer) throws -> [[String: Any]] {
        try answer.text.components(separatedBy: "\n\n").filter { $0.hasPrefix("data: {") }.map { event throws in
            try #require(try JSONSerialization.jsonObject(with: Data(event.dropFirst(6).utf8)) as? [String: Any])
        }
    }

    private func text(_ events: [[String: Any]]) -> String {
        events.compactMap { event in
            let choice = (event["choices"] as? [[String: Any]])?.first
            return (choice?["delta"] as? [String: Any])?["content"] as? String ?? choice?["text"] as? String
        }.joined()
    }

    private func expect(_ field: String, _ value: String, _ gateway: TestGateway) async throws {
        let record = try await gateway.record()
        #expect(record[field] as? String == value)
    }

    @Test(arguments: [true, false])
    func aStreamOfTransformers(includeUsage: Bool) async throws {
        let options = includeUsage ? #","stream":true,"stream_options":{"include_usage":true}"# : #","stream":true"#
        try await replay("transformers/chat-stream", profile: .transformers, request: Self.chat(options)) {
            answer, gateway, upstream in
            #expect(answer.status == 200 && answer.isComplete)
            #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
            #expect(!answer.text.contains("/tmp/models"))
            let events = try events(answer)
            #expect(events.allSatisfy { $0["model"] as? String == "tiny" })
            #expect(text(events) == Self.sentence)
            #expect((events.last?["usage"] is [String: Any]) == includeUsage)
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "ok")
            #expect(record["usage_source"] as? String == "provider")
            let sent = String(decoding: try #require(upstream.requests.first?.body), as: UTF8.self)
            #expect(sent.contains(#""model":"/tmp/models/tiny-llama""#))
            for refused in ["top_k", "user", "stream_options"] { #expect(!sent.contains("\"\(refused)\":")) }
        }
    }

    @Test func aWholeAnswerOfTransformersIsAskedForAsAStream() async throws {
        try await replay("transformers/chat-stream", profile: .transformers, request: Self.chat(#","stream":false"#)) {
            answer, gateway, upstream in
            #expect(answer.status == 200 && answer.header("content-type") == "application/json")
            let choice = try #require((answer.json["choices"] as? [[String: Any]])?.first)
            #expect((choice["message"] as? [String: Any])?["content"] as? String == Self.sentence)
            #expect(choice["finish_reason"] as? String == "stop")
            #expect(answer.json["object"] as? String == "chat.completion")
            #expect(answer.json["model"] as? String == "tiny")
            #expect((answer.json["usage"] as? [String: Any])?["completion_tokens"] as? Int ?? 0 > 0)
            try await expect("usage_source", "provider", gateway)
            let sent = String(decoding: try #require(upstream.requests.first?.body), as: UTF8.self)
            #expect(sent.contains(#""stream":true"#) && !sent.contains("false"))
        }
    }

    @Test func completionsOfTransformersToo() async throws {
        let request = Request.post(#"{"model":"tiny","prompt":"Hello"}"#, to: "/v1/completions")
        try await replay("transformers/completion-stream", profile: .transformers, request: request) { answer, _, _ in
            #expect(answer.status == 200)
            let choice = try #require((answer.json["choices"] as? [[String: Any]])?.first)
            #expect((choice["text"] as? String)?.isEmpty == false)
        }
    }

    @Test func anEngineThatDiesInAStreamIsCut() async throws {
        for (name, profile) in [("transformers", EngineProfile.transformers), ("vllm", .vllm)] {
            try await replay("\(name)/chat-stream-sigkill", profile: profile, request: Self.chat(#","stream":true"#)) {
                answer, gateway, _ in
                #expect(!answer.text.contains("[DONE]"))
                #expect(answer.text.contains(#""error""#))
                try await expect("outcome", "cut", gateway)
            }
        }
    }

    @Test func anEngineThatDiesUnderAWholeAnswerIsA502() async throws {
        try await replay("transformers/chat-stream-sigkill", profile: .transformers, request: Self.chat()) {
            answer, gateway, _ in
            #expect(answer.status == 502)
            #expect(answer.errorCode == "upstream_failed")
            try await expect("outcome", "failed", gateway)
        }
    }

    @Test(arguments: ["", #","stream_options":{"include_usage":true}"#])
    func aStreamOfVLLM(options: String) async throws {
        // The gateway asks for usage in any case, and keeps it where the client did not.
        try await replay("vllm/chat-stream-usage", profile: .vllm, request: Self.chat(#","stream":true"# + options)) {
            answer, gateway, upstream in
            let events = try events(answer)
            #expect(text(events) == Self.sentence && answer.text.hasSuffix("data: [DONE]\n\n"))
            #expect((events.last?["usage"] is [String: Any]) == !options.isEmpty)
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "ok" && record["usage_source"] as? String == "provider")
            let sent = String(decoding: try #require(upstream.requests.first?.body), as: UTF8.self)
            #expect(sent.contains(#""top_k":5"#) && sent.contains(#""include_usage":true"#))
        }
    }

    @Test func aVLLMThatIsStoppedInAStreamIsNotPassedOffAsWhole() async throws {
        try await replay("vllm/chat-stream-sigterm", profile: .vllm, request: Self.chat(#","stream":true"#)) {
            answer, gateway, _ in
            #expect(answer.text.contains(#""abort""#))
            try await expect("outcome", "cut", gateway)
        }
    }

    @Test(arguments: [
        ("transformers/error-no-messages", 502), ("transformers/error-unknown-model", 400),
        ("transformers/error-bad-json", 422), ("transformers/error-path", 502),
        ("transformers/error-empty-messages", 502),
        ("vllm/error-no-messages", 400), ("vllm/error-unknown-model", 502), ("vllm/error-context", 400),
        ("vllm/error-bad-json", 400), ("vllm/error-key", 502), ("vllm/error-path", 502), ("vllm/error-wrong-type", 400),
    ])
    func errorsHaveOpenAIsShape(name: String, status: Int) async throws {
        let profile = name.hasPrefix("vllm") ? EngineProfile.vllm : .transformers
        try await replay(name, profile: profile, request: Self.chat()) { answer, gateway, _ in
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.errorMessage.count > 10)
            if name == "vllm/error-context" { #expect(answer.errorCode == "context_length_exceeded") }
            try await expect("outcome", "failed", gateway)
        }
    }
}
