import Synchronization
import Testing

@testable import RoundhouseCore

/// A clock that is one millisecond later at every reading, so that answers can be written down.
final class TickingClock: Sendable {
    private let now = Mutex<Int64>(1_700_000_000_000_000_000)

    var read: @Sendable () -> Int64 {
        { [self] in
            now.withLock { now in
                now += 1_000_000
                return now
            }
        }
    }
}

/// Requests and answers written down as text.
enum OllamaTranscript {
    /// What an engine is asked.
    static func asked(_ dialect: some Dialect, _ body: String) throws(EnvelopeError) -> String {
        String(decoding: try request(dialect, body).body, as: UTF8.self)
    }

    static func request(_ dialect: some Dialect, _ body: String) throws(EnvelopeError) -> TranslatedRequest {
        try request(dialect, Array(body.utf8))
    }

    /// The bytes stand in memory of their own, so that reading beyond them does not go unnoticed.
    static func request(_ dialect: some Dialect, _ bytes: [UInt8]) throws(EnvelopeError) -> TranslatedRequest {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        return try dialect.request(UnsafeRawBufferPointer(memory), model: "guide")
    }

    /// What is wrong with a request.
    static func refusal(_ dialect: some Dialect, _ body: String) -> EnvelopeError? {
        do {
            _ = try request(dialect, body)
            return nil
        } catch {
            return error
        }
    }

    /// A stream of OpenAI's as bytes.
    static func stream(_ chunks: [String], done: Bool = true) -> [UInt8] {
        Array((chunks + (done ? ["[DONE]"] : [])).map { "data: \($0)\n\n" }.joined().utf8)
    }

    /// Feeds a translator in pieces and returns what it says and how it stands.
    static func answered(
        _ make: (TickingClock) -> any AnswerTranslator, _ pieces: [[UInt8]]
    ) -> (text: String, translator: any AnswerTranslator) {
        var translator = make(TickingClock())
        var output: [UInt8] = []
        for piece in pieces { piece.withUnsafeBytes { translator.take($0, into: &output) } }
        translator.finish(into: &output)
        return (String(decoding: output, as: UTF8.self), translator)
    }

    /// Every way to cut an answer in two, and many ways to cut it into small pieces, say the same.
    static func expectSame(_ make: (TickingClock) -> any AnswerTranslator, _ bytes: [UInt8], _ text: String) {
        for cut in 0...bytes.count {
            let found = answered(make, [Array(bytes[..<cut]), Array(bytes[cut...])]).text
            guard found == text else {
                Issue.record("cut at \(cut): \(found)")
                return
            }
        }
        for seed in 0..<40 {
            var random = SeededRandom(UInt64(seed))
            let found = answered(make, random.pieces(of: bytes, longest: 1 + seed)).text
            guard found == text else {
                Issue.record("seed \(seed): \(found)")
                return
            }
        }
    }
}
