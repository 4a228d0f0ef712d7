import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Forms on their way to a model.
@Suite struct UploadTests {
    /// On both sides of what stays in memory, and of what is read from a file at once.
    static let sizes = [1, 1000, 20_000, 1_048_000, 1_048_576, 1_600_000, 3_000_000]

    private func echo() throws -> ScriptedUpstream {
        try ScriptedUpstream { connection in
            while let request = try connection.request() {
                try connection.answer(#"{"text":"\#(request.body.count)"}"#)
            }
        }
    }

    @Test(arguments: [
        ("/v1/audio/transcriptions", "/v1/audio/transcriptions"), ("/audio/transcriptions", "/v1/audio/transcriptions"),
        ("/v1/audio/translations", "/v1/audio/translations"), ("/audio/translations", "/v1/audio/translations"),
        ("/v1/images/edits", "/v1/images/edits"), ("/images/edits", "/v1/images/edits"),
    ])
    func routes(path: String, upstreamPath: String) async throws {
        let upstream = try echo()
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let answer = try await gateway.ask(UploadForm.modelFirst(file: 10).request(path))
            #expect(answer.status == 200)
            #expect(answer.header("x-roundhouse-model") == "m")
            let sent = try #require(upstream.requests.first)
            #expect(sent.head.hasPrefix("POST \(upstreamPath) HTTP/1.1\r\n"))
            #expect(sent.header("accept") == "*/*")
            #expect(try await gateway.record()["http"] as? String == "POST \(path)")
        }
    }

    @Test(arguments: sizes, ["m", "a-much-longer/name-of-the-model", "x"])
    func everythingArrivesButTheModelsName(size: Int, name: String) async throws {
        let upstream = try echo()
        try await TestGateway.runUpload(upstream: upstream, change: { $0.models[0].upstreamName = name }) { gateway in
            let client = try gateway.client()
            let forms = [UploadForm.modelFirst, UploadForm.fileFirst]
            for form in forms {
                try await client.send(form("m", size).field("language", "de").request())
                #expect(try await client.answer().status == 200)
            }
            for (sent, form) in zip(upstream.requests, forms) {
                let wanted = form(name, size).field("language", "de").body
                #expect(sent.body == wanted, "\(sent.body.count) bytes for \(wanted.count)")
                #expect(sent.header("content-length") == String(wanted.count))
                #expect(sent.header("content-type") == "multipart/form-data; boundary=Bound")
                #expect(sent.header("transfer-encoding") == nil)
            }
            #expect(upstream.connections.count == 1, "both go over one connection")
            let received = forms[0]("m", size).field("language", "de").body.count
            #expect(try await gateway.log(2)[0]["bytes_in"] as? Int == received)
            try await gateway.hasNoSpools()
        }
    }

    @Test(arguments: [20_000, 2_000_000])
    func chunksArriveWithALength(size: Int) async throws {
        let upstream = try echo()
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            let body = UploadForm.fileFirst(file: size).body
            try await client.send(
                "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                    + "Content-Type: multipart/form-data; boundary=\"Bound\"\r\n\r\n")
            for start in stride(from: 0, to: body.count, by: 70_001) {
                let piece = body[start..<min(body.count, start + 70_001)]
                try await client.send(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10])
            }
            try await client.send("0\r\n\r\n")
            #expect(try await client.answer().status == 200)
            #expect(upstream.requests.first?.body == body)
        }
    }

    @Test func aFileIsUsedBeyondAMebibyteAndGoneAfterwards() async throws {
        let (small, large) = (Signal(), Signal())
        let upstream = try ScriptedUpstream { connection in
            while let request = try connection.request() {
                try (request.body.count > 1 << 20 ? large : small).wait()
                try connection.answer("{}")
            }
        }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            let around = UploadForm.modelFirst(file: 0).body.count
            try await client.send(UploadForm.modelFirst(file: (1 << 20) - around).request())
            try await upstream.hasRead(1)
            #expect(gateway.openSpools == 0, "1 MiB is kept in memory")
            small.give()
            #expect(try await client.answer().status == 200)
            try await client.send(UploadForm.modelFirst(file: (1 << 20) - around + 1).request())
            try await upstream.hasRead(2)
            #expect(gateway.openSpools == 1)
            let names = try FileManager.default.contentsOfDirectory(atPath: gateway.spoolFolder)
            #expect(names.isEmpty, "it has no name")
            large.give()
            #expect(try await client.answer().status == 200)
            try await gateway.hasNoSpools()
        }
    }

    @Test(arguments: [20_000, 2_000_000])
    func expectContinueIsAnsweredOnce(size: Int) async throws {
        let upstream = try echo()
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            let body = UploadForm.modelFirst(file: size).body
            try await client.send(UploadForm.head(length: body.count, headers: "Expect: 100-continue\r\n"))
            #expect(try await client.answer().status == 100)
            try await client.send(body)
            #expect(try await client.answer().status == 200)
        }
    }

    @Test func whatIsSentAheadIsAnsweredInOrder() async throws {
        let upstream = try echo()
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            let large = UploadForm.fileFirst(file: 6_000_000).request()
            try await client.send(
                large + Array(Request.get("/healthz").utf8) + UploadForm.modelFirst(file: 5).request() + large)
            for expected in ["6000", "ok", "text", "6000"] {
                let answer = try await client.answer()
                #expect(answer.text.contains(expected), "\(answer.text)")
            }
            try await gateway.hasNoSpools()
        }
    }

    private static func numbered(_ number: Int) -> UploadForm {
        UploadForm().file([UInt8](repeating: UInt8(number), count: 1_500_000 + number)).field("model", "m")
    }

    @Test func manyAtATimeAreKeptApart() async throws {
        let upstream = try echo()
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        let answer = try await gateway.ask(Self.numbered(number).request())
                        #expect(answer.status == 200)
                    }
                }
                try await group.waitForAll()
            }
            #expect(upstream.requests.count == 12)
            for sent in upstream.requests {
                // Deep inside of the file stands its number.
                #expect(sent.body == Self.numbered(Int(sent.body[1_000_000])).body, "no upload holds bytes of another")
            }
            try await gateway.hasNoSpools()
        }
    }

    @Test func defaultsAndRejectedFieldsOfTheModelCount() async throws {
        let upstream = try echo()
        try await TestGateway.runUpload(
            upstream: upstream,
            change: { setup in
                setup.models[0].aliases = ["whisper-1"]
                setup.models[0].upstreamName = "large"
                setup.models[0].requestDefaults = [RequestDefault(key: "temperature", json: Array("0.5".utf8))]
                setup.models[0].profile.rejectedFields = ["user"]
            }
        ) { gateway in
            for size in [10, 2_000_000] {
                let form = UploadForm().field("user", "u").file(size).field("model", "whisper-1").field(
                    "stream", "true")
                let answer = try await gateway.ask(form.request())
                #expect(answer.header("x-roundhouse-route") == "alias")
                let wanted = UploadForm().field("temperature", "0.5").file(size).field("model", "large")
                    .field("stream", "true")
                #expect(upstream.requests.last?.body == wanted.body)
            }
            let record = try await gateway.log(2)[1]
            #expect(record["stream"] as? Bool == true)
            #expect(record["requested_model"] as? String == "whisper-1")
        }
    }

    @Test func theSizeOfAFileIsNoNumberOfTokens() async throws {
        let upstream = try echo()
        try await TestGateway.runUpload(
            upstream: upstream, change: { $0.models[0].rateLimits.tokensPerMinute = 10_000 }
        ) { gateway in
            let answer = try await gateway.ask(UploadForm.modelFirst(file: 2_000_000).request())
            #expect(answer.status == 200)
        }
    }
}
