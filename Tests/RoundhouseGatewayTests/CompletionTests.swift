import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Completions and moderations: what passes as it is, and what is refused because an engine would do something else.
@Suite struct CompletionTests {
    private static let details = [
        #""n":3"#, #""logprobs":2"#, #""echo":true"#, #""suffix":"end""#, #""best_of":4"#, #""prompt":["a","b"]"#,
        #""prompt":[1,2,3]"#, #""prompt":[[1],[2]]"#,
    ]

    private func run(
        _ profile: EngineProfile, _ details: String,
        _ body: (HTTPAnswer, [String: Any], [ScriptedRequest]) throws -> Void
    ) async throws {
        let upstream = try ScriptedUpstream(script: RouteSupport.answers)
        let change: (inout Setup) -> Void = {
            $0.models[0].profile = profile
            $0.models[0].capabilities = [.completion]
        }
        try await TestGateway.run(upstream: upstream, change: change) { gateway in
            let prompt = details.contains("prompt") ? "" : #""prompt":"x","#
            let request = Request.post(#"{"model":"m",\#(prompt)\#(details)}"#, to: "/v1/completions")
            let answer = try await gateway.ask(request)
            try body(answer, try await gateway.record(), upstream.requests)
        }
    }

    @Test(arguments: details) func detailsPassAsTheyAre(_ details: String) async throws {
        try await run(.openAI, details) { answer, record, requests in
            #expect(answer.status == 200)
            #expect(requests.first?.text.contains(details) == true)
            #expect(record["usage_source"] as? String == "provider" && record["output_tokens"] as? Int == 3)
        }
    }

    @Test(arguments: [#""echo":true"#, #""suffix":"end""#, #""best_of":2"#])
    func whatAnEngineWouldDropIsRefused(_ details: String) async throws {
        try await run(.llamaCpp, details) { answer, _, requests in
            let name = details.split(separator: ":")[0].dropFirst().dropLast()
            #expect(
                answer.status == 400 && answer.text.contains("\\\"\(name)\\\"") && answer.text.contains("Leave it out"))
            #expect(requests.isEmpty)
        }
    }

    @Test(arguments: [#""echo":false"#, #""suffix":"""#, #""best_of":1"#, #""suffix":null"#, #""logprobs":2"#])
    func whatChangesNothingIsNot(_ details: String) async throws {
        try await run(.llamaCpp, details) { answer, _, requests in
            #expect(answer.status == 200 && requests.count == 1)
        }
    }

    /// llama.cpp tells what one answer took, whatever it makes.
    @Test(arguments: [
        (#""n":3"#, 7, 9), (#""prompt":["a","b"]"#, 14, 6), (#""prompt":["a","b"],"n":2"#, 14, 12), (#""n":1"#, 7, 3),
    ])
    func severalAnswersAreCounted(_ details: String, _ input: Int, _ output: Int) async throws {
        try await run(.llamaCpp, details) { answer, record, _ in
            #expect(answer.status == 200)
            #expect(record["input_tokens"] as? Int == input && record["output_tokens"] as? Int == output)
            #expect(record["usage_source"] as? String == (details == #""n":1"# ? "provider" : "estimated"))
        }
    }

    @Test func moderationsAreServedWhereAModelCan() async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil {
                try connection.answer(#"{"id":"modr-1","model":"x","results":[{"flagged":false}]}"#)
            }
        }
        try await TestGateway.run(upstream: upstream, change: { $0.models[0].capabilities = [.moderation] }) {
            gateway in
            let answer = try await gateway.ask(Request.post(#"{"model":"m","input":"hi"}"#, to: "/v1/moderations"))
            #expect(answer.status == 200 && answer.text.contains(#""flagged":false"#))
            #expect(upstream.requests.first?.head.hasPrefix("POST /v1/moderations ") == true)
            let chat = try await gateway.ask(Request.chat())
            #expect(chat.status == 400 && chat.errorCode == "wrong_capability")
        }
    }
}
