internal import NIOCore
internal import RoundhouseCore

/// The form of one request: taken apart as it comes, and kept until the model has it. Confined to its loop.
///
/// Up to `memoryLimit` it stays in memory; a larger one goes into a file from its first byte on.
final class Upload {
    let boundary: MultipartBoundary
    /// Bytes that have come.
    private(set) var count = 0
    /// The whole body, if it is small.
    private(set) var memory = ByteBuffer()
    /// Where it lies, if it is large.
    private(set) var spool: Spool?
    /// What sends it, if it is large.
    var sender: SpoolSender?
    /// What is wrong with it, when that is answered at its end.
    var mistake: MultipartError?
    /// Whether the client wants the answer as plain text, which some engines call text/html.
    var takesAnyText = false
    /// What the answer says of the audio.
    var audioTime: AudioTimeScanner?

    private let room: SpoolRoom
    private let loop: any EventLoop
    private var scanner: MultipartScanner

    /// The most that is kept in memory, in bytes: recordings of a minute or less, small pictures.
    static let memoryLimit = 1 << 20
    /// With more than this waiting for the disk, in bytes, the client is not read.
    static let waitingLimit = 4 << 20

    init(_ boundary: MultipartBoundary, room: SpoolRoom, loop: any EventLoop) {
        self.boundary = boundary
        self.room = room
        self.loop = loop
        scanner = MultipartScanner(boundary)
    }

    /// Whether the client must wait for the disk.
    var isCongested: Bool { (spool?.waiting ?? 0) > Self.waitingLimit }

    /// Whether the model has been sent all of it, so that its connection is in step.
    var isSent: Bool { sender?.isDone != false }

    /// Takes a piece of the body. `owner` hears of the file if it takes one.
    func take(_ piece: ByteBuffer, owner: any SpoolOwner) throws(MultipartError) {
        count += piece.readableBytes
        if let spool {
            spool.append(piece)
        } else {
            memory.writeImmutableBuffer(piece)
            if memory.readableBytes > Self.memoryLimit {
                spool = Spool(room: room, loop: loop, owner: owner, first: memory)
                memory = ByteBuffer()
            }
        }
        guard mistake == nil else { return }
        try piece.withUnsafeReadableBytes { bytes throws(MultipartError) in try scanner.scan(bytes) }
    }

    /// What the complete body says.
    func form() throws(MultipartError) -> MultipartForm {
        if let mistake { throw mistake }
        return try scanner.finish()
    }

    /// Sends a large one over a connection, after the head that has been written to it.
    func send(
        _ patch: BodyPatch, from file: SpoolFile, over connection: UpstreamConnection, owner: any SpoolSenderOwner
    ) {
        sender?.stop()
        let sender = SpoolSender(
            file, patch.segments(of: count), room: room, over: connection, loop: loop, owner: owner)
        self.sender = sender
        sender.sendMore()
    }

    /// Gives up everything.
    func close() {
        sender?.stop()
        spool?.close()
    }
}
