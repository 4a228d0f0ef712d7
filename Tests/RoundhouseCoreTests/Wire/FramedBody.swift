import RoundhouseCore

/// A body as the framing takes it apart.
struct FramedBody: Equatable {
    var payload: [UInt8] = []
    /// Where whole chunks end, counted from the first byte.
    var chunkEnds: [Int] = []
    /// Where the body ends; nil if it goes on.
    var end: Int?
    var complaint: String?
    var isComplete = false
    var mayCloseHere = false
    var events = EventLog([])

    /// Feeds pieces until the body ends or breaks; the payload goes through an event scanner as it comes.
    init(_ kind: BodyFraming.Kind, _ pieces: [[UInt8]]) {
        var framing = BodyFraming(kind)
        var scanner = EventScanner()
        var start = 0
        feeding: for piece in pieces {
            let goesOn = piece.withUnsafeBytes { bytes -> Bool in
                var offset = 0
                while true {
                    switch framing.step(bytes, from: offset) {
                    case .payload(let range):
                        precondition(range.lowerBound >= offset && !range.isEmpty, "every step moves on")
                        let part = UnsafeRawBufferPointer(rebasing: bytes[range])
                        var position = 0
                        while let eventEnd = scanner.nextEventEnd(in: part, from: position) {
                            events.ends.append(payload.count + eventEnd)
                            position = eventEnd
                        }
                        payload += part
                        offset = range.upperBound
                    case .chunkEnd(let chunkEnd):
                        chunkEnds.append(start + chunkEnd)
                        offset = chunkEnd
                    case .end(let bodyEnd):
                        end = start + bodyEnd
                        return false
                    case .needMore: return true
                    case .malformed(let why):
                        complaint = why
                        return false
                    }
                }
            }
            if !goesOn { break feeding }
            start += piece.count
        }
        isComplete = framing.isComplete
        mayCloseHere = framing.mayCloseHere
        events.take(scanner)
    }

    init(_ kind: BodyFraming.Kind, _ text: String) {
        self.init(kind, [Array(text.utf8)])
    }

    var text: String { String(decoding: payload, as: UTF8.self) }
}
