/// Looks in a stream for the event with which its dialect says that it is whole, where that is not `[DONE]`. Pure, and fed in any
/// pieces.
struct StreamEnd {
    /// Names of events, each of which ends a stream as it should.
    private let names: [[UInt8]]
    private(set) var isSeen = false
    /// The last bytes, in which a line may have begun.
    private var tail: [UInt8] = []

    private static let field = Array("event: ".utf8)

    init(_ names: [String]) {
        self.names = names.map { Array($0.utf8) }
    }

    /// Takes the next bytes. A name stands at the beginning of a line, where nothing that a model says can stand: line feeds in JSON
    /// are escaped.
    mutating func scan(_ piece: UnsafeRawBufferPointer) {
        guard !isSeen else { return }
        let text = tail + piece
        for line in text.split(separator: 0x0a) where line.starts(with: Self.field) {
            var name = line.dropFirst(Self.field.count)
            if name.last == 0x0d { name = name.dropLast() }
            // A name that is cut off at the end of the bytes comes again with the next ones.
            if names.contains(where: { $0.elementsEqual(name) }), line.endIndex < text.endIndex {
                isSeen = true
                return
            }
        }
        let start = text.lastIndex(of: 0x0a).map { $0 + 1 } ?? text.startIndex
        // A line that is longer is no name of an event.
        tail = text.endIndex - start <= 128 ? Array(text[start...]) : [0x78]
    }
}
