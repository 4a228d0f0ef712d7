import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Answers as the documentation of engines shows them, on their way through the gateway.
@Suite struct DocumentedTranscriptTests {
    /// A gateway in front of an upstream that answers requests for inference with one text.
    private func replay(
        _ name: String, status: String = "200 OK", profile: EngineProfile, extra: String = "",
        _ body: (HTTPAnswer, TestGateway, String) async throws -> Void
    ) async throws {
        let bytes = try Transcript.answer(name, status: status)
        let upstream = try ScriptedUpstream { connection in
            guard let request = try connection.request(), request.head.hasPrefix("POST /v1/") else { return }
            try connection.send(bytes)
        }
        let change: (inout Setup) -> Void = {
            $0.models = [.attached("mine", to: upstream, profile: profile)]
            $0.models[0].upstreamName = "theirs"
        }
        try await TestGateway.run(upstream: upstream, change: change) { gateway in
            let request = Request.post(#"{"model":"mine","messages":[{"role":"user","content":"Hi"}]\#(extra)}"#)
            let answer = try await gateway.ask(request)
            let sent = upstream.requests.first { $0.head.hasPrefix("POST /v1/") }
            try await body(answer, gateway, try #require(sent).text)
        }
    }

    @Test func aChatOfOllama() async throws {
        try await replay("ollama/chat.json", profile: .ollama) { answer, gateway, sent in
            #expect(answer.status == 200)
            let documented = try Transcript.bytes("ollama/chat.json")
            #expect(answer.body == documented)
            #expect(sent.contains(#""model":"theirs""#))
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "ok" && record["usage_source"] as? String == "provider")
            #expect(record["input_tokens"] as? Int == 16 && record["output_tokens"] as? Int == 24)
        }
    }

    @Test(arguments: [true, false])
    func aStreamOfOllama(asksForUsage: Bool) async throws {
        let options = asksForUsage ? #","stream_options":{"include_usage":true}"# : ""
        try await replay(
            "ollama/chat-stream-usage.sse", profile: .ollama, extra: #","stream":true"# + options
        ) { answer, gateway, sent in
            #expect(answer.status == 200 && answer.text.hasSuffix("data: [DONE]\n\n"))
            #expect(answer.text.contains(#""usage":{"prompt_tokens":17"#) == asksForUsage)
            #expect(answer.text.contains(#""content":"Hello""#))
            #expect(sent.contains(#""include_usage":true"#))
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "ok" && record["usage_source"] as? String == "provider")
            #expect(record["input_tokens"] as? Int == 17 && record["output_tokens"] as? Int == 40)
        }
    }

    @Test(arguments: [
        ("ollama/error.json", "500 Internal Server Error", EngineProfile.ollama, 502, "the model failed to generate"),
        ("ollama/error.json", "404 Not Found", .ollama, 502, "Fetch it on its machine with `ollama pull theirs`."),
        ("ollama/error.json", "400 Bad Request", .ollama, 400, "the model failed to generate a response"),
        (
            "anthropic/error-not-found.json", "404 Not Found", .anthropic, 502,
            "The requested resource could not be found."
        ),
        (
            "anthropic/error-invalid-request.json", "400 Bad Request", .anthropic, 400,
            "Prefilling assistant messages is"
        ),
    ])
    func errorsHaveOpenAIsShape(
        _ name: String, _ theirs: String, _ profile: EngineProfile, _ ours: Int, _ message: String
    ) async throws {
        try await replay(name, status: theirs, profile: profile) { answer, gateway, _ in
            #expect(answer.status == ours)
            #expect(answer.errorMessage.contains(message), "\(answer.text)")
            #expect(answer.json["request_id"] == nil && answer.json["type"] == nil)
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "failed")
        }
    }
}
