import NIOCore
import RoundhouseCore
import Testing

@testable import RoundhouseGateway

/// The relay without sockets: whatever the pieces, the same bytes come out.
@Suite struct RelayStreamTests {
    private struct Result: Equatable {
        var output: [UInt8] = []
        var progress = RelayStream.Progress.open
        var usage: TokenUsage?
        var dataEvents = 0
        var payload = 0
    }

    /// Puts pieces through, as the exchange does: one `output` for each read.
    private func relay(
        _ pieces: [[UInt8]], mode: RelayMode, framing: BodyFraming.Kind = .chunked, isEventStream: Bool = true,
        endsWithDone: Bool = true
    ) -> Result {
        let stream = RelayStream(mode: mode, framing: framing, isEventStream: isEventStream, endsWithDone: endsWithDone)
        var result = Result()
        for piece in pieces where result.progress == .open {
            var written: [UInt8] = []
            result.progress = stream.take(ByteBuffer(bytes: piece)) { written += Array($0.readableBytesView) }
            result.output += written
            var isComplete = false
            if case .complete = result.progress { isComplete = true }
            if let ready = stream.output(last: isComplete) { result.output += Array(ready.readableBytesView) }
        }
        result.usage = stream.usage
        result.dataEvents = stream.dataEvents
        result.payload = stream.payloadBytes
        return result
    }

    /// Takes our own chunk framing off.
    private func unchunked(_ bytes: [UInt8]) -> (body: [UInt8], isComplete: Bool) {
        var framing = BodyFraming(.chunked)
        var body: [UInt8] = []
        var isComplete = false
        bytes.withUnsafeBytes { all in
            var offset = 0
            scan: while true {
                switch framing.step(all, from: offset) {
                case .payload(let range):
                    body += all[range]
                    offset = range.upperBound
                case .chunkEnd(let end): offset = end
                case .end(let end):
                    isComplete = end == all.count
                    break scan
                case .needMore: break scan
                case .malformed(let why):
                    Issue.record("our own chunks are broken: \(why)")
                    break scan
                }
            }
        }
        return (body, isComplete)
    }

    private static let text = Events.text("Grüße 🚂") + ": a comment\r\n\r\n" + Events.text("zwei")
    private static let payload = text + Events.usage + Events.done

    private func chunked(_ payload: String, cuts: [Int]) -> [UInt8] {
        let bytes = Array(payload.utf8)
        var result: [UInt8] = []
        var start = 0
        for end in (cuts + [bytes.count]) where end > start {
            result += Array((String(end - start, radix: 16) + "\r\n").utf8) + bytes[start..<end] + [13, 10]
            start = end
        }
        return result + Array("0\r\n\r\n".utf8)
    }

    private static let withheld = RelayMode.framed(withholdsUsage: true, chunked: true)

    private func check(_ bytes: [UInt8], _ pieces: [[UInt8]]) {
        let raw = relay(pieces, mode: .raw)
        #expect(raw.output == bytes)
        #expect(raw.progress == .complete(surplus: false))
        #expect(raw.usage == TokenUsage(inputTokens: 7, outputTokens: 3))
        #expect(raw.payload == Self.payload.utf8.count)
        #expect(raw.dataEvents == 3)

        let framed = relay(pieces, mode: Self.withheld)
        let (body, isComplete) = unchunked(framed.output)
        #expect(isComplete)
        #expect(String(decoding: body, as: UTF8.self) == Self.text + Events.done)
        #expect(framed.usage == TokenUsage(inputTokens: 7, outputTokens: 3))
        #expect(framed.payload == Self.payload.utf8.count)

        let plain = relay(pieces, mode: .framed(withholdsUsage: false, chunked: false))
        #expect(String(decoding: plain.output, as: UTF8.self) == Self.payload)
    }

    @Test func everySplitInTwo() {
        let bytes = chunked(Self.payload, cuts: [40, 200, 201, 330])
        for cut in 0...bytes.count { check(bytes, [Array(bytes[..<cut]), Array(bytes[cut...])]) }
    }

    @Test func oneByteAtATime() {
        let bytes = chunked(Self.payload, cuts: [1, 2, 3, 100])
        check(bytes, bytes.map { [$0] })
    }

    @Test func seededSplitsAndChunks() {
        var random = SplitMix(seed: 20_261_124)
        for _ in 0..<400 {
            let length = Self.payload.utf8.count
            let cuts = (0..<random.below(12)).map { _ in 1 + random.below(length - 1) }.sorted()
            let bytes = chunked(Self.payload, cuts: cuts)
            var pieces: [[UInt8]] = []
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + 1 + random.below(random.below(4) == 0 ? 200 : 12))
                pieces.append(Array(bytes[start..<end]))
                start = end
            }
            check(bytes, pieces)
        }
    }

    @Test func mutatedStreamsNeitherCrashNorPassForComplete() {
        var random = SplitMix(seed: 7)
        let bytes = chunked(Self.payload, cuts: [50, 120, 260])
        for _ in 0..<2000 {
            var mutated = bytes
            for _ in 0...random.below(3) { mutated[random.below(mutated.count)] = UInt8(random.below(256)) }
            let cut = random.below(mutated.count)
            for mode in [RelayMode.raw, Self.withheld] {
                let result = relay([Array(mutated[..<cut]), Array(mutated[cut...])], mode: mode)
                if mode == .raw { #expect(mutated.starts(with: result.output), "raw is a prefix of what came") }
            }
        }
    }

    @Test(arguments: [RelayMode.raw, RelayMode.framed(withholdsUsage: true, chunked: true)])
    func everyBreakLeavesAPlaceForAnEvent(mode: RelayMode) {
        let bytes = chunked(Self.payload, cuts: [40, 200, 201, 330])
        for cut in 0..<bytes.count - 5 {
            let stream = RelayStream(mode: mode, framing: .chunked, isEventStream: true, endsWithDone: true)
            var output: [UInt8] = []
            let progress = stream.take(ByteBuffer(bytes: bytes[..<cut])) { output += Array($0.readableBytesView) }
            if let ready = stream.output(last: false) { output += Array(ready.readableBytesView) }
            #expect(progress == .open)
            #expect(stream.isAtBoundary)
            #expect(!stream.mayCloseHere)
            let (body, _) = unchunked(output + Array(Chunk.lastWords(Array("data: x\n\n".utf8)).readableBytesView))
            let text = String(decoding: body, as: UTF8.self)
            #expect(text.hasSuffix("data: x\n\n"))
            let before = text.dropLast("data: x\n\n".count)
            #expect(
                before.isEmpty || before.hasSuffix("\n\n") || before.hasSuffix("\r\n\r\n"),
                "nothing ends in the middle of an event")
        }
    }

    @Test func anEventThatIsTooLongIsPassedOnInPieces() {
        let long = Events.text(String(repeating: "x", count: 3 * RelayStream.holdLimit))
        let bytes = chunked(long + Events.done, cuts: [70_000, 140_000])
        for mode in [RelayMode.raw, Self.withheld] {
            let stream = RelayStream(mode: mode, framing: .chunked, isEventStream: true, endsWithDone: true)
            var output = 0
            _ = stream.take(ByteBuffer(bytes: bytes[..<150_000])) { output += $0.readableBytes }
            if let ready = stream.output(last: false) { output += ready.readableBytes }
            #expect(output > 140_000, "held back without limit")
            #expect(!stream.isAtBoundary)
        }
        let pieces = stride(from: 0, to: bytes.count, by: 9000).map { Array(bytes[$0..<min($0 + 9000, bytes.count)]) }
        #expect(relay(pieces, mode: .raw).output == bytes)
        #expect(unchunked(relay(pieces, mode: Self.withheld).output).body == Array((long + Events.done).utf8))
    }

    @Test func usageTogetherWithTextIsNotWithheld() {
        let event =
            "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n"
        let result = relay([chunked(event + Events.done, cuts: [])], mode: Self.withheld)
        #expect(unchunked(result.output).body == Array((event + Events.done).utf8))
        #expect(result.usage == TokenUsage(inputTokens: 1, outputTokens: 2))
    }

    @Test func theWordUsageInTextIsNoUsage() {
        let event = Events.text(#"{\"usage\": {\"prompt_tokens\": 99}}"#)
        let result = relay([chunked(event + Events.done, cuts: [])], mode: Self.withheld)
        #expect(result.usage == nil)
        #expect(unchunked(result.output).body == Array((event + Events.done).utf8))
    }

    @Test func endsAndSurplus() {
        let bytes = chunked(Self.payload, cuts: [])
        #expect(relay([bytes + [65]], mode: .raw).progress == .complete(surplus: true))
        #expect(relay([bytes + [65]], mode: .raw).output == bytes)
        #expect(relay([bytes + [65]], mode: Self.withheld).progress == .complete(surplus: true))
        let undone = chunked(Self.text, cuts: [])
        for mode in [RelayMode.raw, Self.withheld] {
            #expect(relay([undone], mode: mode).progress == .endedEarly)
            #expect(!relay([undone], mode: mode).output.contains(bytes: "0\r\n\r\n"))
        }
        let whole = relay([undone], mode: .raw, endsWithDone: false)
        #expect(whole.progress == .complete(surplus: false))
        #expect(whole.output == undone)
        #expect(
            relay([Array("{}x".utf8)], mode: .raw, framing: .length(2), isEventStream: false).progress
                == .complete(surplus: true))
        #expect(
            relay([Array("{}x".utf8)], mode: .raw, framing: .length(2), isEventStream: false).output == Array("{}".utf8)
        )
        #expect(
            relay([Array("{".utf8)], mode: .raw, framing: .length(2), isEventStream: false).output == Array("{".utf8))
    }

    @Test(arguments: [
        (true, true, false, BodyFraming.Kind.chunked, RelayMode.framed(withholdsUsage: true, chunked: true)),
        (true, true, true, .chunked, .framed(withholdsUsage: true, chunked: false)),
        (true, true, false, .length(5), .framed(withholdsUsage: true, chunked: true)),
        (true, false, false, .length(5), .raw), (false, true, false, .chunked, .raw),
        (false, false, true, .length(5), .raw),
        (false, true, true, .chunked, .framed(withholdsUsage: false, chunked: false)),
        (false, false, false, .untilClose, .framed(withholdsUsage: false, chunked: true)),
        (false, false, true, .untilClose, .framed(withholdsUsage: false, chunked: false)),
    ])
    func modes(asked: Bool, isEventStream: Bool, isHTTP10: Bool, framing: BodyFraming.Kind, mode: RelayMode) {
        #expect(
            RelayMode.pick(
                askedForUsage: asked, isEventStream: isEventStream, clientIsHTTP10: isHTTP10, framing: framing) == mode)
    }

    @Test(arguments: [1, 9, 15, 16, 255, 256, 4095, 4096, 65_535, 65_536, 1_048_576])
    func chunkHeads(size: Int) {
        var buffer = ByteBuffer()
        buffer.writeRepeatingByte(0, count: 10)
        buffer.writeRepeatingByte(0x61, count: size)
        buffer.moveReaderIndex(to: 10)
        Chunk.wrap(&buffer, size: size, room: 10)
        let text = String(decoding: buffer.readableBytesView.prefix(12), as: UTF8.self)
        #expect(text.hasPrefix(String(size, radix: 16) + "\r\na"))
        #expect(buffer.readableBytes == size + String(size, radix: 16).count + 4)
    }
}

/// A generator with a seed (SplitMix64, Steele, Lea and Flood 2014).
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}

extension [UInt8] {
    func contains(bytes text: String) -> Bool { firstRange(of: Array(text.utf8)) != nil }
}
