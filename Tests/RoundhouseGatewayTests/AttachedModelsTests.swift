import Foundation
import RoundhouseCore
import RoundhouseTesting
import RoundhouseWorkers
import Testing

/// A gateway in front of an Ollama that is asked by its own API, off the way of requests.
@Suite struct AttachedModelsTests {
    private func run(
        _ server: ScriptedOllama, upstreamName: String, change: (inout Setup) -> Void = { _ in },
        _ body: (TestGateway) async throws -> Void
    ) async throws {
        let setup: (inout Setup) -> Void = {
            $0.lookInterval = .milliseconds(20)
            $0.models = [.attached("mine", to: server.upstream, profile: .ollama)]
            $0.models[0].upstreamName = upstreamName
            $0.models[0].learnsCapabilities = true
            change(&$0)
        }
        try await TestGateway.run(upstream: server.upstream, change: setup, body)
    }

    private func becomes(_ state: String, _ gateway: TestGateway) async throws -> AttachedStatus {
        try await eventually("the model is \(state)") { gateway.workers.attachedStatus.first?.state == state }
        return try #require(gateway.workers.attachedStatus.first)
    }

    private static let picture = Request.post(
        #"{"model":"mine","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:,"}}]}]}"#)
    private static let tool = Request.post(
        #"{"model":"mine","messages":[{"role":"user","content":"Hi"}],"#
            + #""tools":[{"type":"function","function":{"name":"f"}}]}"#)

    @Test func whatTheServerSaysDecidesWhatIsAsked() async throws {
        let server = try ScriptedOllama([
            "/api/ps": "ps.json", "/api/show": "show.json", "/v1/chat/completions": "chat.json",
        ])
        try await run(server, upstreamName: "gemma4") { gateway in
            let status = try await becomes("not loaded", gateway)
            try await eventually("capabilities are learnt") {
                gateway.workers.attachedStatus.first?.capabilities == ["chat", "completion", "vision"]
            }
            #expect(status.server == server.upstream.endpoint.address.shown && status.upstreamName == "gemma4")
            try await eventually("tools are refused") {
                try await gateway.ask(Self.tool).errorMessage.contains("cannot do tools")
            }
            #expect(try await gateway.ask(Self.picture).status == 200)
            #expect(gateway.workers.attachedStatus.first?.contextLength == 131_072)
            // Known things are not asked for at every look.
            let looks = server.requests("/api/ps").count
            try await eventually("more looks") { server.requests("/api/ps").count > looks + 2 }
            #expect(server.requests("/api/show").count == 1)
        }
    }

    @Test func theFileHasTheLastWord() async throws {
        let server = try ScriptedOllama([
            "/api/ps": "ps.json", "/api/show": "show.json", "/v1/chat/completions": "chat.json",
        ])
        try await run(server, upstreamName: "gemma4", change: { $0.models[0].learnsCapabilities = false }) { gateway in
            try await eventually("it is described") { gateway.workers.attachedStatus.first?.capabilities != nil }
            #expect(try await gateway.ask(Self.tool).status == 200)
        }
    }

    @Test func aModelThatIsNotThereIsNamedWithItsNeighbours() async throws {
        let server = try ScriptedOllama(["/api/ps": "ps.json", "/api/tags": "tags.json"])
        try await run(server, upstreamName: "llama3:lates") { gateway in
            let status = try await becomes("missing", gateway)
            #expect(
                status.problem == "The server has no model `llama3:lates`. It has `llama3:latest`. "
                    + "Fetch it on its machine with `ollama pull llama3:lates`.")
            // A client is not told what else is there.
            let answer = try await gateway.ask(Request.post(#"{"model":"mine","messages":[]}"#))
            #expect(answer.status == 502 && answer.errorMessage.contains("ollama pull llama3:lates"))
            #expect(!answer.errorMessage.contains("`llama3:latest`"))
            server.answer("/api/show", try Transcript.answer("ollama/show.json"))
            #expect(try await becomes("not loaded", gateway).problem == nil)
        }
    }

    @Test func keepAliveIsToldOnceItIsLoaded() async throws {
        let server = try ScriptedOllama([
            "/api/ps": "ps.json", "/api/show": "show.json", "/api/generate": "load.json",
        ])
        let other = Array(#"{"models":[]}"#.utf8)
        let none = Array("HTTP/1.1 200 OK\r\ncontent-length: \(other.count)\r\n\r\n".utf8) + other
        server.answer("/api/ps", none)
        try await run(
            server, upstreamName: "mistral", change: { $0.models[0].residence = .idle(.seconds(600)) }
        ) { gateway in
            _ = try await becomes("not loaded", gateway)
            #expect(server.requests("/api/generate").isEmpty)
            server.answer("/api/ps", try Transcript.answer("ollama/ps.json"))
            let status = try await becomes("loaded", gateway)
            #expect(status.size == 5_137_025_024 && status.until == "2024-06-04T14:38:31.83753-07:00")
            try await eventually("it is told") { !server.requests("/api/generate").isEmpty }
            #expect(
                server.requests("/api/generate")[0].text
                    == #"{"keep_alive":600,"model":"mistral","stream":false}"#)
            let looks = server.requests("/api/ps").count
            try await eventually("more looks") { server.requests("/api/ps").count > looks + 2 }
            #expect(server.requests("/api/generate").count == 1)
        }
    }

    @Test func theAdminAnswerHasItAndPsCanReadIt() async throws {
        let server = try ScriptedOllama(["/api/ps": "ps.json", "/api/show": "show.json"])
        try await run(server, upstreamName: "mistral") { gateway in
            _ = try await becomes("loaded", gateway)
            let answer = try await gateway.ask(Request.get("/admin/workers"))
            let engines = try JSONDecoder().decode([EngineStatus].self, from: Data(answer.body))
            guard case .attached(let model) = try #require(engines.first) else {
                Issue.record("not an attached model: \(answer.text)")
                return
            }
            #expect(model.model == "mine" && model.sizeOnGPU == 5_137_025_024)
            #expect(answer.text.contains(#""size_vram":5137025024"#))
        }
    }

    @Test func aServerThatFailsIsSaidToAndAskedAgain() async throws {
        let server = try ScriptedOllama(["/api/show": "show.json"])
        server.answer("/api/ps", try Transcript.answer("ollama/error.json", status: "500 Internal Server Error"))
        try await run(server, upstreamName: "mistral") { gateway in
            #expect(
                try await becomes("failed", gateway).problem
                    == "/api/ps answered 500: the model failed to generate a response")
            server.answer("/api/ps", try Transcript.answer("ollama/ps.json"))
            try await eventually("it has recovered") {
                gateway.workers.attachedStatus.first?.state == "loaded"
                    && gateway.workers.attachedStatus.first?.problem == nil
            }
        }
    }

    @Test func offlineAsksNobodyElsewhere() async throws {
        let server = try ScriptedOllama(["/api/ps": "ps.json"])
        let change: (inout Setup) -> Void = {
            $0.isOffline = true
            $0.models[0].isOwn = false
        }
        try await run(server, upstreamName: "mistral", change: change) { gateway in
            // What has no line here is not asked about.
            #expect(gateway.workers.attachedStatus.isEmpty)
            let engines = try await gateway.ask(Request.get("/admin/workers"))
            #expect(engines.text == "[]")
            #expect(server.upstream.requests.isEmpty)
        }
    }
}
