// Times the pure parts of a request's way: `make bench-micro`. Each is set against a copy of the bytes that it looks at, so
// that figures of different machines can be compared.
import RoundhouseCore

func copied(_ bytes: [UInt8]) -> Measurement {
    var room = [UInt8](repeating: 0, count: bytes.count)
    return Measurement("copy", bytes: bytes.count) {
        room.withUnsafeMutableBytes { to in bytes.withUnsafeBytes { to.copyMemory(from: $0) } }
        return Int(room[bytes.count / 2])
    }
}

func scanned(_ bytes: [UInt8]) -> RequestEnvelope {
    do {
        return try bytes.withUnsafeBytes { body throws(EnvelopeError) in try RequestEnvelope.scan(body) }
    } catch {
        fatalError("the sample is not a request: \(error)")
    }
}

func scan(_ name: String, _ bytes: [UInt8]) -> Measurement {
    Measurement(name, bytes: bytes.count) { scanned(bytes).fields.count }
}

func patch(_ name: String, _ bytes: [UInt8]) -> Measurement {
    let envelope = scanned(bytes)
    let model = Array("upstream".utf8)
    var room = [UInt8](repeating: 0, count: bytes.count + 256)
    return Measurement(name, bytes: bytes.count) {
        bytes.withUnsafeBytes { body in
            let patch = BodyPatch.make(
                envelope: envelope, body: body, upstreamModel: model, askForUsage: true, defaults: [],
                fields: .allBut([]))
            var offset = 0
            room.withUnsafeMutableBytes { to in
                patch.write(body) { piece in
                    to.baseAddress?.advanced(by: offset).copyMemory(from: piece.baseAddress!, byteCount: piece.count)
                    offset += piece.count
                }
            }
            return offset
        }
    }
}

func events(_ name: String, _ bytes: [UInt8]) -> Measurement {
    Measurement(name, bytes: bytes.count) {
        bytes.withUnsafeBytes { body in
            var framing = BodyFraming(.chunked)
            var events = EventScanner()
            var usage = UsageScanner()
            var offset = 0
            while true {
                switch framing.step(body, from: offset) {
                case .payload(let range):
                    let piece = UnsafeRawBufferPointer(rebasing: body[range])
                    usage.scan(piece)
                    var position = 0
                    while let end = events.nextEventEnd(in: piece, from: position) { position = end }
                    offset = range.upperBound
                case .chunkEnd(let end): offset = end
                case .end, .needMore: return events.dataEvents + (usage.usage?.outputTokens ?? 0)
                case .malformed(let why): fatalError("the sample is not a stream: \(why)")
                }
            }
        }
    }
}

let small = Samples.request(size: 1400, stream: true)
let large = Samples.request(size: 101_000, stream: false)
let ring = KeyRing(keys: Samples.secrets.enumerated().map { APIKey(id: "bench-\($0)", hash: KeyHash(secret: $1)) })
var turn = 0
var lines = AccessLogLines(capacity: 64_000)

let copies = [small, large, Samples.stream].map { ($0.count, copied($0).nanoseconds) }
let measured = [
    scan("envelope scan, 1.4 KB", small),
    scan("envelope scan, 101 KB", large),
    patch("patch: model, include_usage; 1.4 KB", small),
    patch("patch: model, include_usage; 101 KB", large),
    events("framing, events, usage: 50 events", Samples.stream),
    Measurement("key lookup among 1,000, with its hash") {
        turn = (turn + 1) % Samples.secrets.count
        return ring.key(forSecret: Samples.secrets[turn], now: 0) == nil ? 0 : 1
    },
    Measurement("access-log line") {
        if lines.count > 60_000 { return lines.take().count }
        lines.append(Samples.record)
        return lines.count
    },
    Measurement("render of /metrics, \(BusyHouse.series) series") {
        BusyHouse.metrics.render(GatewayMetrics.Readings()).count
    },
]
print("| | ns | bytes | MB/s | times a copy of the bytes |\n|---|---|---|---|---|")
for one in measured {
    let copy = copies.first { $0.0 == one.bytes }.map(\.1)
    let speed = one.bytes > 0 ? String(Int(Double(one.bytes) / one.nanoseconds * 1000)) : ""
    let ratio = copy.map { String(Double(Int(one.nanoseconds / $0 * 10)) / 10) } ?? ""
    print("| \(one.name) | \(Int(one.nanoseconds)) | \(one.bytes > 0 ? String(one.bytes) : "") | \(speed) | \(ratio) |")
}
