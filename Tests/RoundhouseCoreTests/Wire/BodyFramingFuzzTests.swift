import RoundhouseCore
import Testing

@Suite struct BodyFramingFuzzTests {
    /// A payload in chunks of every spelling, and where they and the body end.
    private func chunked(_ payload: [UInt8], _ random: inout SeededRandom) -> (bytes: [UInt8], ends: [Int]) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for piece in random.pieces(of: payload, longest: random.pick([1, 5, 40])) where !piece.isEmpty {
            var size = String(piece.count, radix: 16, uppercase: random.one(in: 2))
            if random.one(in: 4) { size = "00" + size }
            if random.one(in: 4) { size += random.pick([";a", ";a=b", " ;a=\"b\"", " "]) }
            bytes += Array("\(size)\r\n".utf8) + piece + Array("\r\n".utf8)
            ends.append(bytes.count)
        }
        bytes += Array((random.one(in: 3) ? "0;x\r\nTrailer: 1\r\n\r\n" : "0\r\n\r\n").utf8)
        return (bytes, ends)
    }

    private func eventStream(_ random: inout SeededRandom) -> [UInt8] {
        var text = ""
        for _ in 0..<random.below(8) {
            text += random.pick([
                "data: {\"choices\":[{\"delta\":{\"content\":\"é😀\"}}]}\n\n", ": ping\n\n", "data: a\r\n\r\n",
                "event: error\ndata: {}\n\n",
            ])
        }
        return Array((text + random.pick(["data: [DONE]\n\n", "", "data: cut"])).utf8)
    }

    @Test(arguments: [91, 92, 93] as [UInt64])
    func chunkedEventsInAnyPiecesAreTheSame(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<250 {
            let payload = eventStream(&random)
            let (bytes, ends) = chunked(payload, &random)
            let surplus = Array("HTTP/1.1 200 OK\r\n".utf8.prefix(random.below(17)))
            let whole = FramedBody(.chunked, [bytes + surplus])
            #expect(whole.payload == payload)
            #expect(whole.chunkEnds == ends)
            #expect(whole.end == bytes.count)
            #expect(whole.events == EventLog(reading: payload))
            let pieces = random.pieces(of: bytes + surplus, longest: random.pick([1, 2, 6, 50]))
            #expect(FramedBody(.chunked, pieces) == whole, "\(pieces.map { String(decoding: $0, as: UTF8.self) })")
        }
    }

    @Test func lengthsInAnyPiecesAreTheSame() {
        var random = SeededRandom(94)
        for _ in 0..<300 {
            let bytes = (0..<random.below(60)).map { UInt8($0) }
            let length = random.below(70)
            let whole = FramedBody(.length(length), [bytes])
            #expect(whole.payload == Array(bytes.prefix(length)))
            // The end is noticed with the next piece at the latest; an empty one is enough.
            #expect(
                FramedBody(.length(length), random.pieces(of: bytes, longest: 7) + [[]]) == whole
                    || bytes.count < length)
            #expect((whole.end == length) == (bytes.count >= length))
            let open = FramedBody(.untilClose, random.pieces(of: bytes, longest: 7))
            #expect(open.payload == bytes && open.end == nil)
        }
    }

    @Test(arguments: [95, 96] as [UInt64])
    func damagedChunksInAnyPiecesAreTheSame(seed: UInt64) {
        var random = SeededRandom(seed)
        let alphabet = Array("\r\n0123456789abcdefABCDEF;: x".utf8)
        var broken = 0
        for _ in 0..<600 {
            let bytes = random.mutated(chunked(eventStream(&random), &random).bytes, inserting: alphabet)
            let whole = FramedBody(.chunked, [bytes])
            #expect(
                FramedBody(.chunked, random.pieces(of: bytes, longest: random.pick([1, 3, 20]))) == whole, "\(bytes)")
            #expect(whole.isComplete == (whole.end != nil))
            if whole.complaint != nil { broken += 1 }
        }
        #expect(broken > 100)
    }
}
