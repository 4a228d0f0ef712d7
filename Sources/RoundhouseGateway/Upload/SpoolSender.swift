internal import NIOCore
internal import RoundhouseCore

/// Whoever has a spooled body sent. Called on its loop.
protocol SpoolSenderOwner: AnyObject {
    /// The upstream takes the body.
    func bodyAdvanced()
    /// The file cannot be read; no other call follows.
    func bodyUnreadable(_ error: any Error)
}

/// Sends a changed body upstream from its file: one piece is read and written at a time, and the next when the connection
/// takes more, so that hardly more than a piece is in memory. Confined to its loop.
final class SpoolSender {
    private let room: SpoolRoom
    private let file: SpoolFile
    private let connection: UpstreamConnection
    private let loop: any EventLoop
    private weak var owner: (any SpoolSenderOwner)?
    private var rest: ArraySlice<BodySegment>
    private var isReading = false
    private var isStopped = false

    /// The most that is read at once, in bytes.
    private static let piece = 1 << 18

    init(
        _ file: SpoolFile, _ segments: [BodySegment], room: SpoolRoom, over connection: UpstreamConnection,
        loop: any EventLoop, owner: any SpoolSenderOwner
    ) {
        self.file = file
        rest = segments[...]
        self.room = room
        self.connection = connection
        self.loop = loop
        self.owner = owner
    }

    /// Whether everything has been written.
    var isDone: Bool { rest.isEmpty && !isReading && !isStopped }

    /// Writes as much as the connection takes.
    func sendMore() {
        while !isReading, !isStopped, connection.isWritable, let segment = rest.popFirst() {
            switch segment {
            case .inserted(let bytes): connection.write(ByteBuffer(bytes: bytes))
            case .original(let range): read(range)
            }
        }
        connection.flush()
    }

    /// Sends nothing more, if anything is left.
    func stop() {
        if !isDone { isStopped = true }
    }

    private func read(_ range: Range<Int>) {
        let piece = range.lowerBound..<min(range.upperBound, range.lowerBound + Self.piece)
        if piece.count < range.count { rest = [.original(piece.upperBound..<range.upperBound)] + rest }
        isReading = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        room.run(on: loop) { [file] in try file.read(piece) }.whenComplete { bound.value.took($0) }
    }

    private func took(_ result: Result<ByteBuffer, any Error>) {
        isReading = false
        guard !isStopped else { return }
        switch result {
        case .success(let bytes):
            connection.write(bytes)
            owner?.bodyAdvanced()
            sendMore()
        case .failure(let error):
            stop()
            owner?.bodyUnreadable(error)
        }
    }
}
