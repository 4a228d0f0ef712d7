import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// What models answer to uploads, and what is taken down of it.
@Suite struct UploadAnswerTests {
    private func run(
        _ script: @escaping @Sendable (ScriptedConnection) throws -> Void, path: String = "/v1/audio/transcriptions",
        format: String = "json", n: String? = nil, change: (inout Setup) -> Void = { _ in },
        _ check: (HTTPAnswer, RequestRecord) async throws -> Void
    ) async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try script(connection) }
        }
        let keeper = RecordKeeper()
        try await TestGateway.runUpload(
            upstream: upstream,
            change: {
                $0.ledger = keeper
                change(&$0)
            }
        ) { gateway in
            var form = UploadForm.modelFirst(file: 100).field("response_format", format)
            if let n { form = form.field("n", n) }
            let answer = try await gateway.ask(form.request(path))
            try await check(answer, try await keeper.records(1)[0])
        }
    }

    @Test(arguments: [
        ("text/plain; charset=utf-8", "hello world\n"),
        ("application/x-subrip", "1\n00:00:00,000 --> 00:00:01,000\nhi\n"),
        ("text/vtt", "WEBVTT\n\n00:00.000 --> 00:01.000\nhi\n"), ("application/json", #"{"text":"hi"}"#),
        ("audio/x", ""),
    ])
    func passAsTheyAre(type: String, body: String) async throws {
        try await run {
            try $0.answer(body, type: type)
        } _: { answer, record in
            #expect(answer.status == 200)
            #expect(answer.header("content-type") == type)
            #expect(answer.text == body)
            #expect(record.outcome == .ok)
            #expect(record.bytesOut == body.utf8.count)
            #expect(record.usageSource == .none)
            #expect(record.usage == UsageAmounts())
        }
    }

    @Test func eventsNeedNoDone() async throws {
        let events =
            "event: transcript.text.delta\ndata: {\"type\":\"transcript.text.delta\",\"delta\":\"hi\"}\n\n"
            + "data: {\"type\":\"transcript.text.done\",\"text\":\"hi\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":14,"
            + "\"output_tokens\":5}}\n\n"
        try await run { connection in
            try connection.beginStream()
            try connection.chunk(events)
            try connection.endChunks()
        } _: { answer, record in
            #expect(answer.header("content-type") == "text/event-stream")
            #expect(answer.text == events)
            #expect(answer.isComplete)
            #expect(record.outcome == .ok)
            #expect(record.usage.inputTokens == 14)
            #expect(record.usage.outputTokens == 5)
            #expect(record.usageSource == .provider)
        }
    }

    @Test func eventsThatBreakOffAreCut() async throws {
        try await run { connection in
            try connection.beginStream()
            try connection.chunk("data: {\"type\":\"transcript.text.delta\",\"delta\":\"hi\"}\n\n")
            connection.close()
        } _: { answer, record in
            #expect(answer.text.contains(#"data: {"error""#))
            #expect(record.outcome == .cut)
            #expect(record.usage.inputTokens == nil, "nobody knows how much was heard")
            #expect(record.usage.outputTokens == 1)
            #expect(record.usageSource == .estimated)
        }
    }

    @Test(arguments: [
        (#"{"text":"hi","usage":{"type":"duration","seconds":9}}"#, 9000),
        (#"{"task":"transcribe","language":"english","duration":8.25,"text":"\"duration\":1","segments":[]}"#, 8250),
    ])
    func theLengthOfTheAudioIsTakenDownAndPriced(body: String, milliseconds: Int) async throws {
        var price = Price()
        price.perSecond = Money(billionths: 1_000_000)
        try await run({ try $0.answer(body) }, change: { $0.models[0].cost = price }) { answer, record in
            #expect(answer.text == body)
            #expect(record.usage.audioMilliseconds == milliseconds)
            #expect(record.usage.inputTokens == nil)
            #expect(record.usageSource == .provider)
            #expect(record.cost == Money(billionths: Int64(milliseconds) * 1000))
        }
    }

    @Test(arguments: [(nil, 1), ("3", 3), ("many", 1), ("-2", 1)] as [(String?, Int)])
    func imagesAreCountedAsTheyWereAskedFor(n: String?, images: Int) async throws {
        var price = Price()
        price.perImage = Money(billionths: 20_000_000)
        try await run(
            { try $0.answer(#"{"data":[]}"#) }, path: "/v1/images/edits", n: n, change: { $0.models[0].cost = price }
        ) { _, record in
            #expect(record.usage.images == images)
            #expect(record.cost == Money(billionths: Int64(images) * 20_000_000))
        }
    }

    @Test(arguments: [("/v1/images/edits", "application/json"), ("/v1/audio/transcriptions", "text/plain")])
    func otherAnswersSayNothingOfAudio(path: String, type: String) async throws {
        try await run({ try $0.answer(#"{"duration":5}"#, type: type) }, path: path) { _, record in
            #expect(record.usage.audioMilliseconds == nil)
        }
    }

    /// whisper.cpp's server sends plain text under this type.
    @Test(arguments: [("text", 200), ("json", 502)]) func textThatCallsItselfAWebPage(format: String, status: Int)
        async throws
    {
        try await run({ try $0.answer("hello", type: "text/html; charset=utf-8") }, format: format) { answer, _ in
            #expect(answer.status == status)
            if status == 200 { #expect(answer.text == "hello") }
        }
    }

    @Test func errorsAreMappedAsEverywhere() async throws {
        try await run {
            try $0.answer(#"{"error":{"message":"Invalid file format.","param":"file"}}"#, status: "400 Bad Request")
        } _: { answer, record in
            #expect(answer.status == 400)
            #expect(answer.errorMessage == "Invalid file format.")
            #expect(record.outcome == .failed)
        }
    }
}
