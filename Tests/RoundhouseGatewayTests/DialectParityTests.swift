import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Whatever a client speaks: the same limits, the same names, the same records, and errors that it understands.
@Suite struct DialectParityTests {
    private static let auth = "Authorization: Bearer rh-k\r\nx-roundhouse-feature: f\r\n"

    /// A model `m` with an alias and a price, a model `other`, and a key of a team that may only use the first.
    private func run(
        _ one: DialectCase, goOn: Signal? = nil, cuts: Bool = false, change: (inout Setup) -> Void = { _ in },
        _ body: (TestGateway, ScriptedUpstream) async throws -> Void
    ) async throws {
        let upstream = try DialectCase.upstream(goOn: goOn, cuts: cuts)
        var setup = Setup(["m", "other"].map { .attached($0, to: upstream, profile: one.profile) })
        setup.models[0].aliases = ["alias"]
        var price = Price()
        price.inputPerMillion = Money(units: 1)
        price.outputPerMillion = Money(units: 2)
        setup.models[0].cost = price
        for index in setup.models.indices { setup.models[index].capabilities = [.chat, .completion] }
        var key = APIKey(id: "k", team: "t", hash: KeyHash(secret: "rh-k"))
        key.models = NamePatterns(["m"])
        setup.keys = [key]
        setup.teams = [Team(name: "t", source: RouteSupport.place)]
        change(&setup)
        do {
            try await TestGateway.run(setup) { try await body($0, upstream) }
        } catch {
            upstream.stop()
            throw error
        }
        upstream.stop()
    }

    @Test(arguments: DialectCase.all) func recordsAreTheSame(_ one: DialectCase) async throws {
        try await run(one) { gateway, upstream in
            let answer = try await gateway.ask(one.request("alias", headers: Self.auth))
            #expect(answer.status == 200 && answer.isComplete, "\(answer.text)")
            #expect(answer.header("x-roundhouse-model") == "m" && answer.header("x-roundhouse-route") == "alias")
            let record = try await gateway.record()
            for (name, value) in [
                ("model", "m"), ("requested_model", "alias"), ("route", "alias"), ("key", "k"), ("team", "t"),
                ("feature", "f"), ("outcome", "ok"), ("usage_source", "provider"), ("currency", "USD"),
                ("http", "POST " + one.path),
            ] {
                #expect(record[name] as? String == value, "\(name): \(record[name] ?? "-")")
            }
            #expect(record["input_tokens"] as? Int == 7 && record["output_tokens"] as? Int == 3)
            #expect(record["stream"] as? Bool == one.isStream && record["status"] as? Int == 200)
            #expect(abs((record["cost"] as? Double ?? 0) - 0.000013) < 1e-9)
            #expect(upstream.requests.count == 1)
        }
    }

    @Test(arguments: DialectCase.all) func refusalsAreUnderstood(_ one: DialectCase) async throws {
        let change: (inout Setup) -> Void = { $0.keys[0].limits.requestsPerMinute = 1 }
        try await run(one, change: change) { gateway, upstream in
            let unknown = try await gateway.ask(one.request("unknown", headers: Self.auth))
            #expect(unknown.status == 404)
            #expect(try one.message(of: unknown)?.contains("\"unknown\" does not exist") == true, "\(unknown.text)")
            let forbidden = try await gateway.ask(one.request("other", headers: Self.auth))
            #expect(forbidden.status == 403)
            #expect(try one.message(of: forbidden)?.contains("\"other\"") == true, "\(forbidden.text)")
            let keyless = try await gateway.ask(one.request())
            #expect(keyless.status == 401)
            #expect(try one.message(of: keyless)?.contains("API key") == true, "\(keyless.text)")
            #expect(try await gateway.ask(one.request(headers: Self.auth)).status == 200)
            let limited = try await gateway.ask(one.request(headers: Self.auth))
            #expect(limited.status == 429 && limited.header("retry-after") != nil)
            #expect(try one.message(of: limited)?.contains("1 request a minute") == true, "\(limited.text)")
            #expect(upstream.requests.count == 1)
            let codes = try await gateway.log(5).compactMap { $0["error"] as? String }
            #expect(codes == ["model_not_found", "model_not_allowed", "invalid_api_key", "rate_limit_exceeded"])
        }
    }

    @Test(arguments: DialectCase.all) func tokensAreCounted(_ one: DialectCase) async throws {
        let change: (inout Setup) -> Void = { $0.keys[0].limits.tokensPerMinute = 1000 }
        try await run(one, change: change) { gateway, _ in
            let answer = try await gateway.ask(one.request(headers: Self.auth))
            #expect(answer.status == 200)
            let used = gateway.tokens(ofKey: "k")
            #expect(used == 10)
        }
    }

    @Test(arguments: DialectCase.all.filter(\.isStream)) func whoLeavesEndsIt(_ one: DialectCase) async throws {
        let goOn = Signal()
        try await run(one, goOn: goOn) { gateway, upstream in
            let client = try gateway.client()
            try await client.send(one.request(headers: Self.auth))
            try await client.read(until: "one")
            client.close()
            goOn.give()
            try await upstream.sawClose()
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "cancelled" && record["status"] as? Int == 499)
            #expect(record["usage_source"] as? String == "estimated" && (record["output_tokens"] as? Int ?? 0) >= 1)
        }
    }

    @Test(arguments: DialectCase.all) func anEngineThatBreaksOffIsTold(_ one: DialectCase) async throws {
        try await run(one, cuts: true) { gateway, _ in
            let answer = try await gateway.ask(one.request(headers: Self.auth))
            let record = try await gateway.record()
            if one.isStream {
                #expect(answer.status == 200 && answer.text.contains("one") && answer.text.contains("error"))
                #expect(record["outcome"] as? String == "cut")
            } else {
                #expect(answer.status == 502)
                #expect(try one.message(of: answer)?.contains("\"m\"") == true, "\(answer.text)")
                #expect(record["outcome"] as? String == "failed")
            }
        }
    }
}
