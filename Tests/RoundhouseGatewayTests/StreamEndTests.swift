import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

@testable import RoundhouseGateway

/// Streams that end as HTTP has it, and not as their dialect has it.
@Suite struct StreamEndTests {
    /// All of a stream but its last event, properly framed.
    private static func stops(_ events: [String]) -> RouteSupport.Script {
        { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            for event in events { try connection.chunk(event) }
            try connection.endChunks()
        }
    }

    @Test(arguments: DialectCase.all.filter(\.isStream)) func aStreamWithoutItsEndIsCut(_ one: DialectCase) async throws
    {
        let path = one.path.hasPrefix("/api") ? "/v1/chat/completions" : one.path
        let isTranslated =
            one.profile == .openAI && one.shape != .openAI || one.path == "/v1/responses" && one.profile == .openAI
        let events = DialectCase.events(isTranslated ? "/v1/chat/completions" : path)
        // What was translated is whole without [DONE], once it has said why it ended.
        let upstream = try ScriptedUpstream(script: Self.stops(Array(events.prefix(2))))
        let change: (inout Setup) -> Void = {
            $0.models[0].profile = one.profile
            $0.models[0].capabilities = [.chat, .completion]
        }
        try await TestGateway.run(upstream: upstream, change: change) { gateway in
            let answer = try await gateway.ask(one.request())
            #expect(answer.text.contains("one") && answer.text.contains("error"), "\(answer.text)")
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "cut" && record["usage_source"] as? String == "estimated")
        }
    }

    /// An engine's own word that it failed is passed on, and nothing is added to it.
    @Test(arguments: ["/v1/chat/completions", "/v1/messages", "/v1/responses"])
    func anErrorOfTheEngineIsTheOnlyOne(_ path: String) async throws {
        let error =
            path == "/v1/chat/completions"
            ? "data: {\"error\":{\"message\":\"full\"}}\n\n"
            : "event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"full\"}}\n\n"
        let upstream = try ScriptedUpstream(script: Self.stops([DialectCase.events(path)[0], error]))
        let change: (inout Setup) -> Void = { $0.models[0].profile = path == "/v1/messages" ? .anthropic : .llamaCpp }
        try await TestGateway.run(upstream: upstream, change: change) { gateway in
            let one = try #require(DialectCase.all.first { $0.path == path && $0.isStream })
            let answer = try await gateway.ask(one.request())
            #expect(answer.text.hasSuffix(error) && answer.isComplete)
            #expect(try await gateway.record()["outcome"] as? String == "cut")
        }
    }

    @Test func theEndIsFoundInAnyPieces() {
        let stream = Array(
            "event: a\ndata: {\"x\":\"event: message_stop\"}\r\n\nevent: message_stop\r\ndata: {}\n\n".utf8)
        for first in 0...stream.count {
            for second in [first, min(first + 3, stream.count), stream.count] {
                var end = StreamEnd(["message_stop"])
                for piece in [stream[..<first], stream[first..<second], stream[second...]] {
                    Array(piece).withUnsafeBytes { end.scan($0) }
                }
                #expect(end.isSeen)
            }
        }
        var end = StreamEnd(["message_stop"])
        Array("data: event: message_stop\n\nevent: message_stopped\n".utf8).withUnsafeBytes { end.scan($0) }
        #expect(!end.isSeen)
    }

    /// What an engine might keep itself is nobody's in particular.
    @Test(arguments: [
        #""previous_response_id":"resp_1""#, #""store":true"#, #""background":true"#, #""conversation":"c""#,
    ])
    func anEngineIsNotAskedForWhatOthersWereTold(_ field: String) async throws {
        let upstream = try ScriptedUpstream(script: RouteSupport.answers)
        try await TestGateway.run(upstream: upstream, change: { $0.models[0].profile = .llamaCpp }) { gateway in
            let answer = try await gateway.ask(
                Request.post(#"{"model":"m","input":"x",\#(field)}"#, to: "/v1/responses"))
            #expect(answer.status == 400 && upstream.requests.isEmpty)
        }
    }
}
