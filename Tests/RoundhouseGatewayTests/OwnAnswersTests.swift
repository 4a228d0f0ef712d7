import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// What the gateway answers of its own.
@Suite struct OwnAnswersTests {
    private func models(_ upstream: ScriptedUpstream) -> [Model] {
        var chat = Model.attached("org/qwen-chat", to: upstream)
        chat.aliases = ["gpt-4o-mini"]
        chat.capabilities = [.chat]
        var embed = Model.attached("embedder", to: upstream)
        embed.capabilities = [.embeddings]
        var missing = Model.attached("missing", to: upstream)
        missing.unavailable = "The weights /models/missing.gguf are not there. Download them."
        return [chat, embed, missing]
    }

    private func run(_ body: (TestGateway, ScriptedUpstream) async throws -> Void) async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try connection.answer("{}") }
        }
        try await TestGateway.run(upstream: upstream, change: { $0.models = models(upstream) }) {
            try await body($0, upstream)
        }
    }

    @Test func modelsAreListed() async throws {
        try await run { gateway, _ in
            for path in ["/v1/models", "/models"] {
                let answer = try await gateway.ask(Request.get(path))
                let data = try #require(answer.json["data"] as? [[String: Any]])
                #expect(data.map { $0["id"] as? String } == ["org/qwen-chat", "gpt-4o-mini", "embedder"])
                #expect(data.allSatisfy { $0["object"] as? String == "model" && $0["created"] is Int })
            }
            for path in [
                "/v1/models/org/qwen-chat", "/v1/models/org%2Fqwen-chat", "/models/gpt-4o-mini",
                "/v1/models/embedder?x=y",
            ] {
                #expect(try await gateway.ask(Request.get(path)).status == 200, "\(path)")
            }
        }
    }

    @Test func aNearNameIsSuggested() async throws {
        try await run { gateway, upstream in
            let answer = try await gateway.ask(Request.post(#"{"model":"embeder","input":"x"}"#, to: "/v1/embeddings"))
            #expect(answer.status == 404)
            #expect(answer.errorMessage.contains("Did you mean \"embedder\"?"))
            #expect((answer.json["error"] as? [String: Any])?["param"] as? String == "model")
            let get = try await gateway.ask(Request.get("/v1/models/gpt-4o-mimi"))
            #expect(get.errorMessage.contains("\"gpt-4o-mini\""))
            #expect(upstream.connections.isEmpty)
            #expect(try await gateway.record()["requested_model"] as? String == "embeder")
        }
    }

    @Test(arguments: [
        ("/v1/embeddings", #"{"model":"org/qwen-chat","input":"x"}"#, "cannot do embeddings. It can do: chat."),
        ("/v1/chat/completions", #"{"model":"embedder","messages":[]}"#, "cannot do chat. It can do: embeddings."),
        ("/v1/completions", #"{"model":"org/qwen-chat","prompt":"x"}"#, "cannot do completion"),
        (
            "/v1/chat/completions", #"{"model":"org/qwen-chat","messages":[],"tools":[{"type":"function"}]}"#,
            "cannot do tools"
        ),
        (
            "/v1/chat/completions",
            #"{"model":"org/qwen-chat","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:"}}]}]}"#,
            "cannot do vision"
        ),
    ])
    func whatAModelCannotDoIsA400(path: String, body: String, message: String) async throws {
        try await run { gateway, upstream in
            let answer = try await gateway.ask(Request.post(body, to: path))
            #expect(answer.status == 400)
            #expect(answer.errorCode == "wrong_capability")
            #expect(answer.errorMessage.contains(message), "\(answer.errorMessage)")
            #expect(upstream.connections.isEmpty)
        }
    }

    @Test func anUnavailableModelIsA503WithItsReason() async throws {
        try await run { gateway, upstream in
            let answer = try await gateway.ask(Request.post(#"{"model":"missing","messages":[]}"#))
            #expect(answer.status == 503)
            #expect(answer.errorCode == "model_unavailable")
            #expect(answer.errorMessage.contains("Download them"))
            #expect(answer.header("retry-after") == "60")
            #expect(upstream.connections.isEmpty)
            #expect(try await gateway.record()["model"] as? String == "missing")
        }
    }

    @Test func anEngineThatCannotStartIsA503() async throws {
        var model = Model(
            name: "m", profile: .llamaCpp, source: SourceLocation(file: "m.yaml", line: 1),
            placement: .launched(LaunchSettings(weights: TestGateway.weights)))
        model.capabilities = [.chat]
        try await TestGateway.run(Setup([model])) { gateway in
            let answer = try await gateway.ask(Request.chat())
            #expect(answer.status == 503)
            #expect(answer.errorCode == "engine_failed")
            #expect(answer.header("retry-after") != nil)
        }
    }

    @Test func healthReadinessAndVersion() async throws {
        try await run { gateway, _ in
            let health = try await gateway.ask(Request.get("/healthz"))
            #expect(health.json["status"] as? String == "ok")
            let ready = try await gateway.ask(Request.get("/readyz"))
            #expect(ready.status == 200)
            #expect(ready.json["status"] as? String == "ready")
            #expect(ready.json["failed_warm_ups"] as? Int == 0)
            let version = try await gateway.ask(Request.get("/version"))
            #expect(version.json["version"] as? String == "1.2.3")
            let date = try #require(version.header("date"))
            #expect(
                date.wholeMatch(of: /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/) != nil
            )
            let workers = try await gateway.ask(Request.get("/admin/workers"))
            #expect(workers.text == "[]")
        }
    }

    @Test func readinessWaitsForWarmUps() async throws {
        let folder = try TestGateway.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let launcher = folder + "/launcher"
        try Data("#!/bin/sh\nexec sleep 60\n".utf8).write(to: URL(fileURLWithPath: launcher))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: launcher)
        var model = Model(
            name: "m", profile: .llamaCpp, source: SourceLocation(file: "m.yaml", line: 1),
            placement: .launched(LaunchSettings(weights: TestGateway.weights)))
        model.warmUp = true
        var setup = Setup([model])
        setup.launcher = launcher
        try await TestGateway.run(setup) { gateway in
            let answer = try await gateway.ask(Request.get("/readyz"))
            #expect(answer.status == 503)
            #expect(answer.json["status"] as? String == "warming up")
        }
        setup.launcher = "/nonexistent/launcher"
        try await TestGateway.run(setup) { gateway in
            // It is started again now and then, and does not count as failed meanwhile.
            try await eventually("green, and the failure is told") {
                let answer = try await gateway.ask(Request.get("/readyz"))
                return answer.status == 200 && answer.json["failed_warm_ups"] as? Int == 1
            }
        }
    }

    @Test func metricsParse() async throws {
        try await run { gateway, _ in
            for _ in 0..<3 { _ = try await gateway.ask(Request.post(#"{"model":"gpt-4o-mini","messages":[]}"#)) }
            _ = try await gateway.ask(Request.get("/nowhere"))
            let answer = try await gateway.ask(Request.get("/metrics"))
            #expect(answer.header("content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
            var samples = 0
            for line in answer.text.split(separator: "\n") where !line.hasPrefix("#") {
                #expect(line.wholeMatch(of: /[a-z_][a-z0-9_]*(\{[^}]*\})? [-+0-9.eEInfNa]+/) != nil, "\(line)")
                samples += 1
            }
            #expect(samples > 10)
            #expect(answer.text.contains("org/qwen-chat"))
            #expect(answer.text.split(separator: "\n").contains { $0.contains("org/qwen-chat") && $0.hasSuffix(" 3") })
        }
    }
}
