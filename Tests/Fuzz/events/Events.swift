import FuzzDriver
import RoundhouseCore

/// What libFuzzer calls: an answer's stream, whose first two bytes say where it is cut into pieces. Traps where the pieces say
/// something else than the whole.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEvents(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard count > 2, count < 1 << 16 else { return 0 }
    let stream = Array(input[2...])
    let cuts = [Int(input[0]), Int(input[0]) + Int(input[1])].map { min($0, stream.count) }
    let pieces = [Array(stream[..<cuts[0]]), Array(stream[cuts[0]..<cuts[1]]), Array(stream[cuts[1]...])]
    precondition(Events([stream]) == Events(pieces), "events")
    precondition(usage([stream]) == usage(pieces), "usage")
    precondition(payload([stream]) == payload(pieces), "chunk framing")
    return 0
}

private struct Events: Equatable {
    var ends: [Int] = []
    var count = 0
    var sawDone = false
    var sawError = false

    init(_ pieces: [[UInt8]]) {
        var scanner = EventScanner()
        var start = 0
        for piece in pieces {
            piece.withUnsafeBytes { bytes in
                var position = 0
                while let end = scanner.nextEventEnd(in: bytes, from: position) {
                    precondition(end > position && end <= bytes.count, "an end outside of the piece")
                    ends.append(start + end)
                    position = end
                }
            }
            start += piece.count
        }
        (count, sawDone, sawError) = (scanner.dataEvents, scanner.sawDone, scanner.sawError)
    }
}

private func usage(_ pieces: [[UInt8]]) -> TokenUsage? {
    var scanner = UsageScanner()
    for piece in pieces { piece.withUnsafeBytes { scanner.scan($0) } }
    return scanner.usage
}

/// What is in the chunks, and whether they were well formed.
private func payload(_ pieces: [[UInt8]]) -> [UInt8] {
    var framing = BodyFraming(.chunked)
    var payload: [UInt8] = []
    for piece in pieces {
        let isOver = piece.withUnsafeBytes { bytes in
            var offset = 0
            while true {
                switch framing.step(bytes, from: offset) {
                case .payload(let range):
                    payload += bytes[range]
                    offset = range.upperBound
                case .chunkEnd(let end): offset = end
                case .end:
                    payload.append(1)
                    return true
                case .needMore: return false
                case .malformed:
                    payload.append(2)
                    return true
                }
            }
        }
        if isOver { break }
    }
    return payload
}

/// The program's `main`, by the name that the package manager gives it.
@_cdecl("fuzz_events_main")
public func fuzzEventsMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    fuzz(fuzzEvents, count, arguments)
}
