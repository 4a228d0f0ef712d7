import RoundhouseCore
import Testing

@Suite struct EventScannerTests {
    /// What was seen in a stream that arrives as these pieces.
    private func seen(_ pieces: String...) -> EventLog {
        EventLog(pieces.map { Array($0.utf8) })
    }

    @Test func aNewStreamIsAtABoundary() {
        let log = seen()
        #expect(log.atBoundary)
        #expect(log.dataEvents == 0 && !log.sawDone && !log.sawError && log.ends.isEmpty)
    }

    @Test func countsEventsWithDataAndTellsWhereTheyEnd() {
        let log = seen("data: {\"a\":1}\n\ndata:{}\n\n: ping\n\nevent: x\nid: 7\ndata: 1\ndata: 2\n\nretry: 5\n\n")
        #expect(log.dataEvents == 3)
        #expect(log.ends == [15, 24, 32, 64, 74])
        #expect(log.atBoundary)
        #expect(!log.sawDone && !log.sawError)
    }

    @Test func linesMayEndInCRLF() {
        let log = seen("data: a\r\n\r\n: c\r\n\r\ndata: [DONE]\r\n\r\n")
        #expect(log.dataEvents == 1)
        #expect(log.ends == [11, 18, 34])
        #expect(log.sawDone)
        #expect(log.atBoundary)
    }

    @Test(arguments: [
        "data: a", "data: a\n", "data: a\r\n", "data: a\r\n\r", "d", "\r", "data: a\n\nd", ":", "data: a\n\ndata: b\n",
    ])
    func anOpenEventIsNoBoundary(text: String) {
        #expect(!seen(text).atBoundary)
    }

    @Test(arguments: [
        "data: [DONE]\n\n", "data:[DONE]\n\n", "data:   [DONE]\n", "data: a\n\ndata: [DONE]\n\n", ": c\ndata: [DONE]",
    ])
    func seesTheEnd(text: String) {
        #expect(seen(text).sawDone)
    }

    @Test func theEndIsNoDataEvent() {
        #expect(seen("data: [DONE]\n\n").dataEvents == 0)
        #expect(seen("data: x\n\ndata: [DONE]\n\n").dataEvents == 1)
    }

    @Test(arguments: [
        "data: [DONE\n\n", "data: [done]\n\n", "[DONE]\n\n", ": [DONE]\n\n", "event: [DONE]\n\n",
        "data: {\"x\":\"[DONE]\"}\n\n",
        "data: x [DONE]\n\n", "xdata: [DONE]\n\n", " data: [DONE]\n\n", "data : [DONE]\n\n", "dat: [DONE]\n\n",
        "data\n: [DONE]\n\n", "Data: [DONE]\n\n",
    ])
    func whatOnlyLooksLikeTheEndIsNot(text: String) {
        #expect(!seen(text).sawDone)
    }

    @Test(arguments: [
        "event: error\ndata: {}\n\n", "data: {\"error\":{\"message\":\"x\"}}\n\n", "data:{\"error\":\"x\"}\n\n",
        "data: a\n\ndata: {\"error\"", "id: 1\nevent: error\n\n",
    ])
    func seesAnError(text: String) {
        #expect(seen(text).sawError)
    }

    @Test(arguments: [
        "data: {\"errors\":1}\n\n", "data: {\"a\":{\"error\":1}}\n\n", "event: err\n\n",
        "event: message\ndata: error\n\n", ": event: error\n\n",
        "data: event: error\n\n", "error\n\n", "data: {\"erro\n\n", "eventerror\n\n", "data: [\"error\"]\n\n",
    ])
    func whatOnlyLooksLikeAnErrorIsNot(text: String) {
        #expect(!seen(text).sawError)
    }

    @Test func anEmptyDataLineIsData() {
        #expect(seen("data:\n\n").dataEvents == 1)
        #expect(seen("data: \n\n").dataEvents == 1)
        #expect(seen("datax: 1\n\n").dataEvents == 0)
    }

    @Test func oneEventInEverySplit() {
        let text = "event: error\r\ndata: {\"error\":{\"message\":\"é\"}}\r\n\r\ndata: [DONE]\n\n"
        let bytes = Array(text.utf8)
        let whole = EventLog([bytes])
        #expect(whole.dataEvents == 1 && whole.sawDone && whole.sawError && whole.ends.count == 2)
        for cut in 0...bytes.count {
            #expect(EventLog([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole, "cut at \(cut)")
        }
        #expect(EventLog(bytes.map { [$0] }) == whole, "byte by byte")
    }

    @Test(arguments: [81, 82, 83, 84] as [UInt64])
    func anyPiecesGiveWhatAPlainReaderSees(seed: UInt64) {
        var random = SeededRandom(seed)
        let lines = [
            "", "", "", "data: {\"choices\":[]}", "data:x", "data:", "data: [DONE]", "data: [DONE", "event: error",
            "event: delta", ": ping", "id: 1",
            "data: {\"error\":1}", "data: {\"erro", "d", "da", "data", "dataa: 1", "e", "event", "data: é😀", "   ",
            "[DONE]",
        ]
        for _ in 0..<300 {
            var text = ""
            for _ in 0..<random.below(14) { text += random.pick(lines) + random.pick(["\n", "\n", "\r\n"]) }
            if random.one(in: 2) { text += random.pick(["data: ", "data: x", "d", ": x", "id"]) }
            let bytes = Array(text.utf8)
            let expected = EventLog(reading: bytes)
            #expect(EventLog([bytes]) == expected, "\(text.debugDescription)")
            #expect(
                EventLog(random.pieces(of: bytes, longest: random.pick([1, 2, 7, 25]))) == expected,
                "in pieces: \(text.debugDescription)")
        }
    }

    @Test func anyBytesInAnyPiecesGiveTheSame() {
        var random = SeededRandom(85)
        let alphabet = Array("data: [DONE]\n\r{\"error\"vn".utf8)
        for _ in 0..<1000 {
            let bytes = (0..<random.below(50)).map { _ in
                random.one(in: 9) ? UInt8(truncatingIfNeeded: random.next()) : random.pick(alphabet)
            }
            #expect(EventLog(random.pieces(of: bytes, longest: 5)) == EventLog([bytes]), "\(bytes)")
        }
    }
}
