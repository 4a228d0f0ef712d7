import Testing

@testable import RoundhouseCore

@Suite struct OllamaAskTests {
    private func ask(_ body: String, _ path: OllamaAsk.Path = .chat) throws -> OllamaAsk {
        try Array(body.utf8).withUnsafeBytes { bytes throws(EnvelopeError) in try OllamaAsk(bytes, path: path) }
    }

    @Test(arguments: [
        (OllamaAsk.Path.chat, #""messages":[]"#), (.chat, #""messages":null"#), (.generate, #""prompt":"""#),
        (.generate, #""images":[]"#), (.embed, #""input":"""#), (.embed, #""input":[ ]"#),
        (.embeddings, #""prompt":"""#),
    ])
    func nothingToAskLoads(_ path: OllamaAsk.Path, _ field: String) throws {
        #expect(try ask("{\(field)}", path).purpose == .load)
        #expect(try ask(#"{"keep_alive":-1,"# + field + "}", path).purpose == .load)
        #expect(try ask(#"{"keep_alive":"0s","# + field + "}", path).purpose == .unload)
    }

    @Test(arguments: [
        (OllamaAsk.Path.chat, #""messages":[{"role":"user"}]"#), (.generate, #""prompt":"a""#),
        (.embed, #""input":"a""#),
        (.embed, #""input":[""]"#), (.embed, #""input":7"#), (.embeddings, #""prompt":"a""#),
    ])
    func somethingToAsk(_ path: OllamaAsk.Path, _ field: String) throws {
        let found = try ask(#"{"keep_alive":0,"options":{"num_ctx":8192},"# + field + "}", path)
        #expect(found.purpose == .generate && found.keepAlive == .unloaded && found.contextSize == 8192)
        #expect(!found.hasImages)
        #expect(found.refusal(contextLimit: 8192) == nil)
        let refusal = found.refusal(contextLimit: 4096)
        #expect(refusal?.parameter == "options.num_ctx")
        #expect(
            refusal?.message
                == #""options.num_ctx" asks for a context of 8192 tokens, and the model has 4096. Ask for at most that, or leave it out."#
        )
    }

    @Test func picturesAreSeen() throws {
        #expect(try ask(#"{"messages":[{"role":"user"},{"role":"user","images":["x"]},{"images":[]}]}"#).hasImages)
        #expect(try ask(#"{"prompt":"a","images":["x"]}"#, .generate).hasImages)
    }

    @Test(arguments: [
        ("300", Residence.idle(.seconds(300))), (#""5m""#, .idle(.seconds(300))), (#""1h30m""#, .idle(.seconds(5400))),
        (#""24h""#, .idle(.seconds(86_400))),
        ("0", .unloaded), (#""0""#, .unloaded), (#""0m""#, .unloaded), ("-1", .forever), (#""-1m""#, .forever),
        (#""-1""#, .forever), ("1.5", .idle(.seconds(1.5))), (#""1.5s""#, .idle(.seconds(1.5))),
        (#""500ms""#, .idle(.seconds(0.5))),
        (#""10""#, .idle(.seconds(10))), (#""+.5h""#, .idle(.seconds(1800))), ("1e300", .forever),
    ])
    func durations(_ text: String, _ expected: Residence) throws {
        #expect(try ask(#"{"keep_alive":"# + text + "}").keepAlive == expected)
    }

    @Test(arguments: [#""""#, #""m""#, #""5x""#, #""5m3""#, #""1.2.3s""#, #""-""#, #"".""#, "true", "[]", #""٣s""#])
    func noDurations(_ text: String) {
        #expect(throws: EnvelopeError.self) { try ask(#"{"keep_alive":"# + text + "}") }
    }

    @Test(arguments: [
        (
            OllamaAsk.Path.chat,
            #"{"model":"g","created_at":"2024-02-29T23:59:59.000001Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"}"#
        ),
        (
            .generate,
            #"{"model":"g","created_at":"2024-02-29T23:59:59.000001Z","response":"","done":true,"done_reason":"load"}"#
        ),
        (.embed, #"{"model":"g","embeddings":[]}"#), (.embeddings, #"{"embedding":[]}"#),
    ])
    func answersToNothing(_ path: OllamaAsk.Path, _ expected: String) throws {
        let answer = try ask("{}", path).answer(model: "g", now: 1_709_251_199_000_001_999)
        #expect(String(decoding: answer, as: UTF8.self) == expected)
        let unloaded = try ask(#"{"keep_alive":0}"#, path).answer(model: "g", now: 1_709_251_199_000_001_999)
        #expect(String(decoding: unloaded, as: UTF8.self) == expected.replacing(#""load""#, with: #""unload""#))
    }

    @Test func namesWithAndWithoutTags() {
        #expect(OllamaName.lookups("guide") == ["guide", "guide:latest"])
        #expect(OllamaName.lookups("guide:latest") == ["guide:latest", "guide"])
        #expect(OllamaName.lookups("guide:8b") == ["guide:8b"])
        #expect(OllamaName.lookups("host:80/guide") == ["host:80/guide", "host:80/guide:latest"])
        #expect(OllamaName.lookups(":latest") == [":latest"])
        #expect(OllamaName.listed("guide") == "guide:latest" && OllamaName.listed("guide:8b") == "guide:8b")
    }
}
