import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Uploads that are not as they should be: a clear 4xx, and nothing goes upstream.
@Suite struct UploadMistakeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var status = 400
        var code = "invalid_body"
        var says: String
        var parameter: String?
        var testDescription: String { name }
    }

    private static let transcriptions = "/v1/audio/transcriptions"
    private static let form = UploadForm.modelFirst(file: 100)

    private static func typed(_ type: String?, _ body: [UInt8], to path: String = transcriptions) -> [UInt8] {
        let line = type.map { "Content-Type: \($0)\r\n" } ?? ""
        return Array("POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(line)Content-Length: \(body.count)\r\n\r\n".utf8)
            + body
    }

    private static func raw(_ text: String) -> [UInt8] {
        typed("multipart/form-data; boundary=Bound", Array(text.utf8))
    }

    static let cases = [
        Case(
            name: "JSON for a form", bytes: Array(Request.post(#"{"model":"m"}"#, to: transcriptions).utf8),
            says: "POST /v1/audio/transcriptions takes a form, multipart/form-data"),
        Case(name: "no type", bytes: typed(nil, form.body), says: "the Content-Type is missing"),
        Case(
            name: "two types",
            bytes: typed(
                "multipart/form-data; boundary=Bound\r\nContent-Type: multipart/form-data; boundary=b", form.body),
            says: "more than one Content-Type"),
        Case(
            name: "another form", bytes: typed("application/x-www-form-urlencoded", Array("model=m".utf8)),
            says: "is \"application/x-www-form-urlencoded\""),
        Case(name: "no boundary", bytes: typed("multipart/form-data", form.body), says: "without a boundary"),
        Case(
            name: "another boundary", bytes: typed("multipart/form-data; boundary=Other", form.body),
            says: "\"Other\" of the Content-Type does not occur"),
        Case(
            name: "a form for JSON", bytes: form.request("/v1/chat/completions"),
            says: "POST /v1/chat/completions takes a JSON object"),
        Case(name: "a form for embeddings", bytes: form.request("/embeddings"), says: "POST /embeddings takes a JSON"),
        Case(name: "no body", bytes: raw(""), says: "no body"),
        Case(
            name: "no end", bytes: raw(String(decoding: form.body.dropLast(12), as: UTF8.self)),
            says: "inside the part \"file\"; the closing boundary is missing", parameter: "file"),
        Case(
            name: "no model", bytes: UploadForm().file(100).request(), code: "missing_model", says: "names no model",
            parameter: "model"),
        Case(
            name: "two models", bytes: form.field("model", "other").request(), says: "differ: \"m\" and \"other\"",
            parameter: "model"),
        Case(
            name: "a long model", bytes: UploadForm().field("model", String(repeating: "a", count: 257)).request(),
            says: "256 bytes", parameter: "model"),
        Case(
            name: "an empty file", bytes: UploadForm.modelFirst(file: 0).request(),
            says: "The file in the part \"file\" is empty", parameter: "file"),
        Case(
            name: "too many parts",
            bytes: (0..<64).reduce(form) { form, _ in form.field("x", "y") }.request(), says: "more than 64 parts"),
        Case(
            name: "an unknown model", bytes: UploadForm.fileFirst("nobody", file: 100).request(), status: 404,
            code: "model_not_found", says: "\"nobody\" does not exist", parameter: "model"),
        Case(
            name: "a model that is a path", bytes: UploadForm.fileFirst("../../etc/passwd", file: 9).request(),
            status: 404, code: "model_not_found", says: "does not exist", parameter: "model"),
        Case(
            name: "a model that cannot hear", bytes: UploadForm.fileFirst("chat", file: 100).request(),
            code: "wrong_capability", says: "\"chat\" cannot do transcription. It can do: chat.", parameter: "model"),
        Case(
            name: "a model that cannot edit",
            bytes: UploadForm.fileFirst("chat", file: 100).request("/v1/images/edits"),
            code: "wrong_capability", says: "cannot do image_edit", parameter: "model"),
    ]

    private func run(_ body: (TestGateway, ScriptedUpstream) async throws -> Void) async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try connection.answer("{}") }
        }
        try await TestGateway.runUpload(
            upstream: upstream,
            change: { setup in
                var chat = Model.attached("chat", to: upstream)
                chat.capabilities = [.chat]
                setup.models.append(chat)
            }
        ) { try await body($0, upstream) }
    }

    @Test(arguments: cases) func refused(_ one: Case) async throws {
        try await run { gateway, upstream in
            let client = try gateway.client()
            try await client.send(one.bytes)
            let answer = try await client.answer()
            #expect(answer.status == one.status)
            #expect(answer.errorCode == one.code)
            #expect(answer.errorMessage.contains(one.says), "\(answer.errorMessage)")
            #expect((answer.json["error"] as? [String: Any])?["param"] as? String == one.parameter)
            #expect(answer.header("connection") == nil)
            try await client.send(Request.get("/healthz"))
            #expect(try await client.answer().status == 200, "the connection is in step")
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "refused")
            #expect(record["error"] as? String == one.code)
            #expect(upstream.connections.isEmpty)
            try await gateway.hasNoSpools()
        }
    }

    @Test func aMistakeInALargeFormIsAnsweredAtOnce() async throws {
        try await run { gateway, upstream in
            let client = try gateway.client()
            let empty = UploadForm.modelFirst(file: 0).body.dropLast(11)
            try await client.send(
                UploadForm.head(length: 50_000_000) + empty
                    + Array("--Bound\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n".utf8))
            let answer = try await client.answer()
            #expect(answer.status == 400)
            #expect(answer.errorMessage.contains("is empty"))
            #expect(answer.header("connection") == "close")
            #expect(upstream.connections.isEmpty)
        }
    }

    @Test func aMistakeAtTheEndOfAFileOnDiskIsAnsweredToo() async throws {
        try await run { gateway, upstream in
            let form = UploadForm().file(2_000_000)
            let answer = try await gateway.ask(form.request())
            #expect(answer.errorCode == "missing_model")
            let unknown = try await gateway.ask(form.field("model", "nobody").request())
            #expect(unknown.errorCode == "model_not_found")
            #expect(upstream.connections.isEmpty)
            try await gateway.hasNoSpools()
        }
    }

    @Test func aLargeFormForJSONIsCalledAForm() async throws {
        try await run { gateway, _ in
            let client = try gateway.client()
            try await client.send(UploadForm.head("/v1/chat/completions", length: 100_000_000))
            let answer = try await client.answer()
            #expect(answer.status == 400)
            #expect(answer.errorMessage.contains("takes a JSON object"))
        }
    }

    @Test func whatAKeyMayNotUseIsRefused() async throws {
        let upstream = try ScriptedUpstream { _ in }
        try await TestGateway.runUpload(
            upstream: upstream,
            change: { setup in
                var key = APIKey(id: "k", hash: KeyHash(secret: "rh-k"))
                key.models = NamePatterns(["other"])
                setup.keys = [key]
            }
        ) { gateway in
            for size in [100, 2_000_000] {
                let form = UploadForm.fileFirst(file: size)
                let none = try await gateway.ask(form.request())
                #expect(none.status == 401)
                let wrong = try await gateway.ask(form.request(headers: "Authorization: Bearer rh-k\r\n"))
                #expect(wrong.status == 403)
                #expect(wrong.errorCode == "model_not_allowed")
            }
            #expect(upstream.connections.isEmpty)
            try await gateway.hasNoSpools()
        }
    }
}
