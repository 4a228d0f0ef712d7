import RoundhouseCore

/// Everything that an event scanner says about a stream.
struct EventLog: Equatable {
    var dataEvents = 0
    var sawDone = false
    var sawError = false
    var atBoundary = true
    /// Where events end, counted from the beginning of the stream.
    var ends: [Int] = []

    /// What the scanner says about a stream in pieces.
    init(_ pieces: [[UInt8]]) {
        var scanner = EventScanner()
        var start = 0
        for piece in pieces {
            piece.withUnsafeBytes { bytes in
                var position = 0
                while let end = scanner.nextEventEnd(in: bytes, from: position) {
                    ends.append(start + end)
                    position = end
                }
            }
            start += piece.count
        }
        take(scanner)
    }

    /// What a reader sees that has the whole stream before it and takes it line by line.
    init(reading bytes: [UInt8]) {
        var position = 0
        var hasData = false
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, raw) in lines.enumerated() {
            let isWhole = index < lines.count - 1
            position += raw.count + (isWhole ? 1 : 0)
            if !isWhole && raw.isEmpty { break }
            var line = String(decoding: raw, as: UTF8.self).unicodeScalars[...]
            if line.last == "\r" { line.removeLast() }
            if isWhole && line.isEmpty {
                if hasData { dataEvents += 1 }
                hasData = false
                ends.append(position)
                atBoundary = true
                continue
            }
            atBoundary = false
            if line.starts(with: "event: error".unicodeScalars) { sawError = true }
            guard line.starts(with: "data:".unicodeScalars) else { continue }
            let value = line.dropFirst(5).drop { $0 == " " }
            hasData = !value.starts(with: "[DONE]".unicodeScalars)
            if !hasData { sawDone = true }
            if value.starts(with: "{\"error\"".unicodeScalars) { sawError = true }
        }
    }

    mutating func take(_ scanner: EventScanner) {
        dataEvents = scanner.dataEvents
        sawDone = scanner.sawDone
        sawError = scanner.sawError
        atBoundary = scanner.atBoundary
    }
}
