import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

@testable import RoundhouseGateway

/// What keys and teams may use.
@Suite struct TeamTests {
    private static let paths = ["/v1/chat/completions", "/chat/completions", "/v1/completions", "/v1/embeddings"]

    private static func key(_ id: String, team: String? = nil, models: [String]? = nil) -> APIKey {
        var key = APIKey(id: id, team: team, hash: KeyHash(secret: "rh-\(id)"))
        key.models = models.map { NamePatterns($0) }
        return key
    }

    private static func team(_ name: String, models: [String]? = nil, localOnly: Bool = false) -> Team {
        var team = Team(name: name, source: SourceLocation(file: "roundhouse.yaml", line: 1))
        team.models = models.map { NamePatterns($0) }
        team.localOnly = localOnly
        return team
    }

    /// Models chat-a (alias smart), chat-b (alias cheap) and embed-x, at an upstream that says who was asked.
    private func run(
        _ teams: [Team], _ keys: [APIKey], change: (inout Setup) -> Void = { _ in },
        _ body: (TestGateway, ScriptedUpstream) async throws -> Void
    ) async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try connection.answer(Events.completion) }
        }
        var models = ["chat-a", "chat-b", "embed-x"].map { Model.attached($0, to: upstream) }
        models[0].aliases = ["smart"]
        models[1].aliases = ["cheap"]
        for index in models.indices { models[index].capabilities = CapabilitySet(Capability.allCases) }
        var setup = Setup(models)
        setup.keys = keys
        setup.teams = teams
        change(&setup)
        do {
            try await TestGateway.run(setup) { try await body($0, upstream) }
        } catch {
            upstream.stop()
            throw error
        }
        upstream.stop()
    }

    private func ask(
        _ gateway: TestGateway, _ model: String, _ path: String, _ header: String
    ) async throws -> HTTPAnswer {
        try await gateway.ask(
            Request.post(#"{"model":"\#(model)","messages":[],"prompt":"x","input":"x"}"#, to: path, headers: header))
    }

    private static func headers(_ secret: String) -> [String] {
        [
            "Authorization: Bearer \(secret)\r\n", "authorization: bearer \(secret)\r\n", "x-api-key: \(secret)\r\n",
            "api-key: \(secret)\r\n", "xi-api-key: \(secret)\r\n",
        ]
    }

    /// Over every path, form of header, list and name, also by alias: a model that is not on both lists is not reached.
    @Test func noCombinationReachesAForbiddenModel() async throws {
        let lists: [[String]?] = [nil, [], ["chat-a"], ["chat-*"], ["*-x", "chat-b"], ["smart"]]
        let names = [
            "chat-a": "chat-a", "smart": "chat-a", "chat-b": "chat-b", "cheap": "chat-b", "embed-x": "embed-x",
        ]
        let teams = lists.enumerated().map { Self.team("t\($0)", models: $1) }
        let keys = lists.indices.flatMap { team in
            lists.enumerated().map { Self.key("k-\(team)-\($0)", team: "t\(team)", models: $1) }
        }
        func may(_ list: [String]?, _ model: String) -> Bool {
            guard let list else { return true }
            let all = names.filter { $0.value == model }.map(\.key)
            return all.contains { NamePatterns(list).matches($0) }
        }
        var random = SystemRandomNumberGenerator()
        try await run(teams, keys) { gateway, upstream in
            for (team, ofTeam) in lists.enumerated() {
                for (own, ofKey) in lists.enumerated() {
                    let secret = "rh-k-\(team)-\(own)"
                    for (name, model) in names {
                        let path = Self.paths.randomElement(using: &random) ?? ""
                        let header = Self.headers(secret).randomElement(using: &random) ?? ""
                        let before = upstream.requests.count
                        let answer = try await ask(gateway, name, path, header)
                        let isAllowed = may(ofTeam, model) && may(ofKey, model)
                        #expect(answer.status == (isAllowed ? 200 : 403), "\(secret) \(name) \(path) \(header)")
                        #expect(upstream.requests.count == before + (isAllowed ? 1 : 0))
                        if !isAllowed { #expect(answer.errorCode == "model_not_allowed") }
                    }
                }
            }
        }
    }

    @Test func theListOfModelsAndHintsShowOnlyWhatTheKeyMayUse() async throws {
        try await run([Self.team("t", models: ["chat-a"])], [Self.key("k", team: "t")]) { gateway, _ in
            let header = "Authorization: Bearer rh-k\r\n"
            let list = try await gateway.ask(Request.get("/v1/models", headers: header)).text
            #expect(list.contains("chat-a") && list.contains("smart"))
            #expect(!list.contains("chat-b") && !list.contains("cheap") && !list.contains("embed-x"))
            #expect(try await gateway.ask(Request.get("/v1/models/chat-b", headers: header)).status == 404)
            #expect(try await gateway.ask(Request.get("/v1/models/smart", headers: header)).status == 200)
            let unknown = try await ask(gateway, "chat-c", "/v1/chat/completions", header)
            #expect(unknown.status == 404)
            #expect(unknown.errorMessage.contains("chat-a") && !unknown.errorMessage.contains("chat-b"))
            let forbidden = try await ask(gateway, "chat-b", "/v1/chat/completions", header)
            #expect(forbidden.errorMessage.contains("may not use"))
            let record = try await gateway.log(5).last
            #expect(record?["outcome"] as? String == "refused" && record?["error"] as? String == "model_not_allowed")
        }
    }

    @Test func aKeyOfATeamThatIsNotThereMayUseNothing() async throws {
        try await run([Self.team("t")], [Self.key("k", team: "gone")]) { gateway, upstream in
            let answer = try await ask(gateway, "chat-a", "/v1/chat/completions", "Authorization: Bearer rh-k\r\n")
            #expect(answer.status == 403)
            #expect(upstream.requests.isEmpty)
        }
    }

    /// The upstream is on loopback; as a model that is somewhere else it may not be reached, as one of our own it may.
    @Test(arguments: ["team", "key", "offline"])
    func whatMustStayInTheHouseStays(word: String) async throws {
        var key = Self.key("k", team: "t")
        key.localOnly = word == "key"
        try await run([Self.team("t", localOnly: word == "team")], [key]) {
            $0.isOffline = word == "offline"
            // Nothing listens there; whoever is let through gets a 502.
            for (index, isOwn) in [(0, false), (1, true)] {
                $0.models[index].placement = .attached([
                    Endpoint(address: .tcp(host: "192.0.2.1", port: 9, tls: false), hostHeader: "far")
                ])
                $0.models[index].isOwn = isOwn
                $0.models[index].unavailable = isOwn ? "Not now." : nil
            }
        } _: { gateway, upstream in
            for path in Self.paths {
                for header in Self.headers("rh-k") {
                    for name in ["chat-a", "smart"] {
                        let answer = try await ask(gateway, name, path, header)
                        #expect(answer.status == 403 && answer.errorCode == "escalation_forbidden", "\(path) \(header)")
                        #expect(answer.errorMessage.contains(word == "offline" ? "offline" : "local_only"))
                    }
                    // It is not refused because of where it is.
                    #expect(try await ask(gateway, "chat-b", path, header).errorCode == "model_unavailable")
                    #expect(try await ask(gateway, "embed-x", path, header).status == 200)
                }
            }
            #expect(upstream.requests.count == Self.paths.count * 5)
            #expect(try await gateway.log(1).allSatisfy { $0["escalated"] as? Bool == false })
        }
    }
}
