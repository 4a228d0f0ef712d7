import Foundation
import RoundhouseCore
import RoundhouseTesting
import Synchronization
import Testing

@testable import RoundhouseGateway

/// Keeps answers in memory, or fails at it.
private final class MemoryArchive: AnswerArchive {
    private struct Full: Error {}
    private let answers = Mutex<[String: StoredAnswer]>([:])
    let isBroken: Bool

    init(isBroken: Bool = false) { self.isBroken = isBroken }

    var all: [StoredAnswer] { answers.withLock { Array($0.values) } }

    func keep(_ answer: StoredAnswer) { if !isBroken { answers.withLock { $0[answer.id] = answer } } }

    func find(_ id: String, owner: String, _ done: @escaping @Sendable (Result<StoredAnswer?, any Error>) -> Void) {
        let found = answers.withLock { $0[id] }
        done(isBroken ? .failure(Full()) : .success(found?.owner == owner ? found : nil))
    }

    func remove(_ id: String, owner: String, _ done: @escaping @Sendable (Result<Bool, any Error>) -> Void) {
        done(
            isBroken
                ? .failure(Full())
                : .success(answers.withLock { $0[id]?.owner == owner && $0.removeValue(forKey: id) != nil }))
    }
}

@Suite struct KeptAnswerTests {
    private static let end = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"

    /// An engine whose answers have the ids 1, 2, 3.
    private static func upstream(cuts: Bool = false) throws -> ScriptedUpstream {
        let number = Atomic<Int>(0)
        return try ScriptedUpstream { connection in
            while try connection.request() != nil {
                let id = number.add(1, ordering: .relaxed).newValue
                try connection.beginStream()
                try connection.chunk(
                    "data: {\"id\":\"chatcmpl-\(id)\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"answer \(id)\"}}]}\n\n"
                )
                if cuts { return }
                try connection.chunk(end + Events.usage + Events.done)
                try connection.endChunks()
            }
        }
    }

    private func run(
        _ archive: MemoryArchive?, cuts: Bool = false, profile: EngineProfile = .openAI,
        _ body: (TestGateway, ScriptedUpstream) async throws -> Void
    ) async throws {
        let upstream = try Self.upstream(cuts: cuts)
        let change: (inout Setup) -> Void = { setup in
            setup.archive = archive
            setup.models[0].profile = profile
            setup.keys = ["a", "b"].map { APIKey(id: $0, team: "team-\($0)", hash: KeyHash(secret: "rh-\($0)")) }
            setup.teams = ["a", "b"].map { Team(name: "team-\($0)", source: RouteSupport.place) }
        }
        try await TestGateway.run(upstream: upstream, change: change) { try await body($0, upstream) }
    }

    private func create(_ fields: String, key: String = "a") -> String {
        Request.post(#"{"model":"m",\#(fields)}"#, to: "/v1/responses", headers: "Authorization: Bearer rh-\(key)\r\n")
    }

    private func call(_ method: String, _ path: String, key: String = "a") -> String {
        "\(method) /v1/responses/\(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer rh-\(key)\r\ncontent-length: 0\r\n\r\n"
    }

    private func object(_ answer: HTTPAnswer) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }

    @Test(arguments: [EngineProfile.openAI, .llamaCpp], [true, false])
    func aConversationGoesOn(_ profile: EngineProfile, isStream: Bool) async throws {
        let archive = MemoryArchive()
        try await run(archive, profile: profile) { gateway, upstream in
            let more = isStream ? #","stream":true"# : ""
            let first = try await gateway.ask(create(#""input":"one","instructions":"be brief"\#(more)"#))
            #expect(first.status == 200 && first.text.contains(#""store":true"#))
            try await eventually("the answer is kept") { archive.all.count == 1 }
            let next = try await gateway.ask(
                create(#""input":[{"role":"user","content":"two"}],"previous_response_id":"resp_1"\#(more)"#))
            #expect(next.status == 200 && next.text.contains(#""previous_response_id":"resp_1""#))
            // The engine is told all of it, but for instructions, which do not carry over.
            let sent = upstream.requests[1].text
            let roles =
                #"{"role":"user","content":"one"},{"role":"assistant","content":"answer 1"},{"role":"user","content":"two"}"#
            #expect(sent.contains(roles) && !sent.contains("be brief") && !sent.contains("resp_1"), "\(sent)")
            try await eventually("that one, too") { archive.all.count == 2 }
            _ = try await gateway.ask(create(#""input":"three","previous_response_id":"resp_2"\#(more)"#))
            #expect(upstream.requests[2].text.contains("answer 1") && upstream.requests[2].text.contains("answer 2"))
        }
    }

    @Test func whatIsKeptIsShownListedAndDeleted() async throws {
        let archive = MemoryArchive()
        try await run(archive) { gateway, _ in
            let made = try object(try await gateway.ask(create(#""input":"one""#)))
            try await eventually("the answer is kept") { archive.all.count == 1 }
            let shown = try await gateway.ask(call("GET", "resp_1"))
            let seen = try object(shown)
            #expect(shown.status == 200 && NSDictionary(dictionary: seen) == NSDictionary(dictionary: made))
            let items = try object(try await gateway.ask(call("GET", "resp_1/input_items?limit=5&order=asc")))
            let data = try #require(items["data"] as? [[String: Any]])
            #expect(data.count == 1 && data[0]["type"] as? String == "message" && data[0]["id"] as? String == "item_0")
            #expect(items["has_more"] as? Bool == false)
            #expect(try await gateway.ask(call("GET", "resp_1/input_items?limit=0")).status == 400)
            let cancelled = try await gateway.ask(call("POST", "resp_1/cancel"))
            #expect(cancelled.status == 400 && cancelled.text.contains("is finished"))
            let deleted = try await gateway.ask(call("DELETE", "resp_1"))
            #expect(deleted.status == 200 && deleted.text.contains(#""deleted":true"#))
            for path in ["resp_1", "resp_1/input_items", "never"] {
                let gone = try await gateway.ask(call("GET", path))
                #expect(gone.status == 404 && gone.errorCode == "response_not_found")
            }
            #expect(try await gateway.ask(call("POST", "resp_1/cancel")).status == 404)
            #expect(try await gateway.ask(call("GET", "resp_1/nothing")).status == 404)
        }
    }

    @Test func nobodyElseSeesIt() async throws {
        let archive = MemoryArchive()
        try await run(archive) { gateway, upstream in
            _ = try await gateway.ask(create(#""input":"one""#))
            try await eventually("the answer is kept") { archive.all.count == 1 }
            for request in [
                call("GET", "resp_1", key: "b"), call("DELETE", "resp_1", key: "b"),
                call("GET", "resp_1/input_items", key: "b"), call("POST", "resp_1/cancel", key: "b"),
            ] {
                #expect(try await gateway.ask(request).status == 404)
            }
            let refused = try await gateway.ask(create(#""input":"x","previous_response_id":"resp_1""#, key: "b"))
            #expect(refused.status == 400 && refused.errorCode == "previous_response_not_found")
            #expect(upstream.requests.count == 1 && archive.all.count == 1)
            #expect(try await gateway.ask(call("GET", "resp_1")).status == 200)
        }
    }

    @Test func whatIsNotToBeKeptIsNot() async throws {
        let archive = MemoryArchive()
        try await run(archive) { gateway, _ in
            let answer = try await gateway.ask(create(#""input":"one","store":false"#))
            #expect(answer.status == 200 && answer.text.contains(#""store":false"#))
            let background = try await gateway.ask(create(#""input":"one","background":true"#))
            #expect(background.status == 400 && background.text.contains("background"))
            #expect(archive.all.isEmpty)
        }
        try await run(archive, cuts: true) { gateway, _ in
            _ = try await gateway.ask(create(#""input":"one","stream":true"#))
            #expect(try await gateway.record()["outcome"] as? String == "cut")
            #expect(archive.all.isEmpty, "an answer that broke off cannot be gone on from")
        }
    }

    @Test func withoutAnArchiveItIsSaid() async throws {
        try await run(nil) { gateway, _ in
            let made = try await gateway.ask(create(#""input":"one""#))
            #expect(made.status == 200 && made.text.contains(#""store":false"#))
            let refused = try await gateway.ask(create(#""input":"one","previous_response_id":"resp_1""#))
            #expect(refused.status == 400 && refused.text.contains("responses: {store: true}"))
            let shown = try await gateway.ask(call("GET", "resp_1"))
            #expect(shown.status == 404 && shown.errorCode == "responses_not_stored")
        }
    }

    @Test func anArchiveThatFailsCostsNobodyAnAnswer() async throws {
        try await run(MemoryArchive(isBroken: true)) { gateway, _ in
            let answer = try await gateway.ask(create(#""input":"one""#))
            #expect(answer.status == 200 && answer.text.contains("answer 1"))
            for request in [call("GET", "resp_1"), create(#""input":"x","previous_response_id":"resp_1""#)] {
                let refused = try await gateway.ask(request)
                #expect(refused.status == 503 && refused.errorCode == "responses_unavailable")
            }
        }
    }

    @Test func aConversationThatIsTooLongIsRefused() async throws {
        let archive = MemoryArchive()
        try await run(archive) { gateway, _ in
            let text = String(repeating: "x", count: gateway.gateway.configuration.server.maxBody)
            archive.keep(
                StoredAnswer(
                    id: "resp_9", owner: "team:team-a", createdAt: 0, input: Array(#"["\#(text)"]"#.utf8),
                    answer: Array("{}".utf8)))
            let refused = try await gateway.ask(create(#""input":"x","previous_response_id":"resp_9""#))
            #expect(refused.status == 400 && refused.text.contains("server.max_body"))
        }
    }
}
