import RoundhouseCore
import Testing

@Suite struct ResponseHeadFuzzTests {
    private static let lines = [
        "Content-Length: 12", "Content-Length: 0", "Transfer-Encoding: chunked", "Connection: close",
        "Connection: keep-alive, x",
        "Content-Type: application/json", "Content-Type: text/event-stream; charset=utf-8", "Retry-After: 5",
        "Server: x", "X-Long: \(String(repeating: "y", count: 90))",
        "Content-Encoding: gzip", "Empty:", "Date: Tue, 24 Nov 2026 02:00:00 GMT",
    ]

    /// What becomes of some bytes: nothing yet, a head, or a complaint.
    private enum Outcome: Equatable {
        case incomplete
        case head(status: Int, consumed: Int, framing: BodyFraming.Kind, keepAlive: Bool, fields: [String])
        case refused(String)
    }

    private func outcome(_ bytes: [UInt8]) -> Outcome {
        do {
            guard let parsed = try ParsedHead(bytes) else { return .incomplete }
            let head = parsed.head
            return .head(
                status: head.status, consumed: head.consumed, framing: head.framing, keepAlive: head.keepAlive,
                fields: parsed.fields)
        } catch {
            return .refused((error as? ResponseHeadError)?.message ?? "another error")
        }
    }

    private func head(_ random: inout SeededRandom) -> [UInt8] {
        let end = random.pick(["\r\n", "\r\n", "\n"])
        var text =
            random.pick([
                "HTTP/1.1 200 OK", "HTTP/1.1 503 ", "HTTP/1.0 200 OK", "HTTP/1.1 100 Continue", "HTTP/1.1 204",
            ]) + end
        for _ in 0..<random.below(6) { text += random.pick(Self.lines) + end }
        return Array((text + end + random.pick(["", "body", "\r\n\r\n"])).utf8)
    }

    @Test(arguments: [101, 102, 103] as [UInt64])
    func damagedHeadsAreSurvivedAndReadAlikeHoweverTheyArrive(seed: UInt64) {
        var random = SeededRandom(seed)
        let alphabet = Array("\r\n\t :,;0159aAhHtTpP/-\u{0}\u{7f}".utf8) + [0x80, 0xff]
        var (heads, refusals) = (0, 0)
        for _ in 0..<500 {
            let bytes = random.mutated(head(&random), inserting: alphabet)
            let whole = outcome(bytes)
            switch whole {
            case .incomplete: break
            case .refused(let message):
                refusals += 1
                #expect(!message.isEmpty)
            case .head(let status, let consumed, let framing, _, let fields):
                heads += 1
                #expect((100..<600).contains(status))
                #expect(consumed <= bytes.count && bytes[consumed - 1] == 0x0a)
                if case .length(let length) = framing { #expect(length >= 0) }
                #expect(fields.allSatisfy { !$0.utf8.contains { $0 < 0x20 && $0 != 0x09 } })
                // What stands behind the head has no say.
                #expect(outcome(Array(bytes[..<consumed])) == whole)
            }
            // Read again after every arrival, as the caller does: the first answer must be the only one.
            var arrived: [UInt8] = []
            var first = Outcome.incomplete
            for piece in random.pieces(of: bytes, longest: 40) where first == .incomplete {
                arrived += piece
                first = outcome(arrived)
            }
            #expect(first == whole, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        #expect(heads > 50)
        #expect(refusals > 50)
    }

    @Test func anyBytesAreSurvived() {
        var random = SeededRandom(104)
        for _ in 0..<1000 {
            let tail = (0..<random.below(60)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let bytes = random.one(in: 2) ? Array("HTTP/1.1 200 OK\r\n".utf8) + tail : tail
            if case .head(_, let consumed, _, _, _) = outcome(bytes) { #expect(consumed <= bytes.count) }
        }
    }
}
