import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Requests in another dialect, on their way to an upstream that speaks it itself.
@Suite struct NativeDialectTests {
    /// As Anthropic's documentation of streaming has it: the input is told at the beginning, the output at the end.
    private static let start =
        #"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"theirs","#
        + #""stop_reason":null,"usage":{"input_tokens":25,"cache_read_input_tokens":5,"output_tokens":1}}}"#
    private static let delta =
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}"#
    private static let end =
        #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}"#

    private static func event(_ name: String, _ data: String) -> String { "event: \(name)\ndata: \(data)\n\n" }

    private func run(
        _ script: @escaping @Sendable (ScriptedConnection) throws -> Void,
        _ check: (HTTPAnswer, [String: Any], ScriptedRequest) async throws -> Void
    ) async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            try connection.chunk(Self.event("message_start", Self.start))
            try script(connection)
        }
        let change: (inout Setup) -> Void = {
            $0.models = [.attached("mine", to: upstream, profile: .anthropic)]
            $0.models[0].upstreamName = "theirs"
            $0.models[0].apiKey = Secret("sk-theirs")
        }
        try await TestGateway.run(upstream: upstream, change: change) { gateway in
            let request = Request.post(
                #"{"model":"mine","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#,
                to: "/v1/messages", headers: "anthropic-version: 2023-06-01\r\nx-api-key: mine\r\nx-other: 1\r\n")
            let answer = try await gateway.ask(request)
            try await check(answer, try await gateway.record(), try #require(upstream.requests.first))
        }
    }

    @Test func aStreamPassesAsItIs() async throws {
        try await run({ connection in
            try connection.chunk(Self.event("content_block_delta", Self.delta))
            try connection.chunk(Self.event("message_delta", Self.end))
            try connection.chunk(Self.event("message_stop", #"{"type":"message_stop"}"#))
            try connection.endChunks()
        }) { answer, record, sent in
            #expect(
                answer.status == 200 && answer.text.hasSuffix(Self.event("message_stop", #"{"type":"message_stop"}"#)))
            #expect(answer.text.hasPrefix(Self.event("message_start", Self.start)))
            #expect(record["outcome"] as? String == "ok" && record["usage_source"] as? String == "provider")
            #expect(record["input_tokens"] as? Int == 30 && record["output_tokens"] as? Int == 15)
            #expect(sent.text.contains(#""model":"theirs""#) && !sent.text.contains("stream_options"))
            let head = sent.head.lowercased()
            #expect(head.hasPrefix("post /v1/messages ") && head.contains("anthropic-version: 2023-06-01\r\n"))
            #expect(head.contains("x-api-key: sk-theirs\r\n") && !head.contains("authorization"))
            #expect(!head.contains("x-other"))
        }
    }

    /// Anthropic refuses requests without a version; people who write them by hand send none.
    @Test func whatTheEngineMustBeToldIsAdded() async throws {
        let upstream = try ScriptedUpstream(script: RouteSupport.answers)
        try await TestGateway.run(upstream: upstream, change: { $0.models[0].profile = .anthropic }) { gateway in
            let body = #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#
            for header in ["", "Anthropic-Version: 2099-01-01\r\n"] {
                _ = try await gateway.ask(Request.post(body, to: "/v1/messages", headers: header))
            }
            #expect(upstream.requests.map { $0.header("anthropic-version") } == ["2023-06-01", "2099-01-01"])
        }
    }

    /// Clouds refuse fields that they do not know.
    @Test(arguments: [true, false]) func onlyEnginesOfOurOwnAreToldInTheirOwnWords(_ isOwn: Bool) async throws {
        let upstream = try ScriptedUpstream(script: RouteSupport.answers)
        try await TestGateway.run(upstream: upstream, change: { $0.models[0].isOwn = isOwn }) { gateway in
            let body =
                #"{"model":"m","max_tokens":9,"thinking":{"type":"enabled","budget_tokens":2000},"#
                + #""messages":[{"role":"user","content":"Hi"}]}"#
            _ = try await gateway.ask(Request.post(body, to: "/v1/messages"))
            let sent = try #require(upstream.requests.first).text
            #expect(sent.contains("reasoning_effort"))
            #expect(sent.contains("chat_template_kwargs") == isOwn && sent.contains("thinking_budget_tokens") == isOwn)
        }
    }

    /// What was said at the beginning of a stream is not what it took.
    @Test func aCutStreamIsEstimated() async throws {
        try await run({ connection in
            for _ in 0..<3 { try connection.chunk(Self.event("content_block_delta", Self.delta)) }
        }) { answer, record, _ in
            #expect(answer.text.contains("event: error\ndata: {\"type\":\"error\""))
            #expect(record["outcome"] as? String == "cut" && record["usage_source"] as? String == "estimated")
            #expect(record["input_tokens"] as? Int == 30)
            // The event at the beginning is counted with those that have text.
            #expect(record["output_tokens"] as? Int == 4)
        }
    }
}
