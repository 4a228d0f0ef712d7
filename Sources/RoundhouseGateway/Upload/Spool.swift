internal import NIOCore

/// Whoever fills a spool. Called on its loop.
protocol SpoolOwner: AnyObject {
    /// Bytes have been written.
    func spoolAdvanced()
    /// All that was appended before `finish` has been written.
    func spoolIsComplete()
    /// The file cannot be made or written to; no other call follows.
    func spoolFailed(_ error: any Error)
}

/// A body on its way into a file. Confined to its loop; it has the file written by the room's threads, one stretch after the
/// other, and keeps what comes meanwhile.
final class Spool {
    private let room: SpoolRoom
    private let loop: any EventLoop
    private weak var owner: (any SpoolOwner)?
    /// The file, once it has been made.
    private(set) var file: SpoolFile?
    private var pending: ByteBuffer
    private var inFlight = 0
    private var written = 0
    private var isBusy = true
    private var isFinishing = false
    private var isClosed = false

    /// From this size on a stretch is written, in bytes: what a system call and two changes of thread are worth.
    private static let stretch = 1 << 18

    /// Makes the file; `first` is what came before it.
    init(room: SpoolRoom, loop: any EventLoop, owner: any SpoolOwner, first: ByteBuffer) {
        self.room = room
        self.loop = loop
        self.owner = owner
        pending = first
        let bound = NIOLoopBound(self, eventLoop: loop)
        room.open(on: loop).whenComplete { bound.value.opened($0) }
    }

    /// Bytes that wait to be written.
    var waiting: Int { pending.readableBytes + inFlight }

    /// Takes more of the body.
    func append(_ piece: ByteBuffer) {
        if pending.readableBytes == 0 { pending = ByteBufferAllocator().buffer(capacity: Self.stretch) }
        pending.writeImmutableBuffer(piece)
        writeMore()
    }

    /// The body is complete.
    func finish() {
        isFinishing = true
        writeMore()
    }

    /// Gives up the file, at whatever it is.
    func close() {
        isClosed = true
        pending = ByteBuffer()
        if let file { room.close(file) }
        file = nil
    }

    private func opened(_ result: Result<SpoolFile, any Error>) {
        isBusy = false
        switch result {
        case .failure(let error): fail(error)
        case .success(let file) where isClosed: room.close(file)
        case .success(let file):
            self.file = file
            writeMore()
        }
    }

    private func writeMore() {
        guard !isBusy, !isClosed, let file else { return }
        guard pending.readableBytes >= (isFinishing ? 1 : Self.stretch) else {
            if isFinishing { owner?.spoolIsComplete() }
            return
        }
        let bytes = pending
        let place = written
        pending = ByteBuffer()
        inFlight = bytes.readableBytes
        isBusy = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        room.run(on: loop) { try file.write(bytes, at: place) }.whenComplete { bound.value.wrote($0) }
    }

    private func wrote(_ result: Result<Void, any Error>) {
        isBusy = false
        written += inFlight
        inFlight = 0
        if case .failure(let error) = result {
            fail(error)
        } else if !isClosed {
            owner?.spoolAdvanced()
            writeMore()
        }
    }

    private func fail(_ error: any Error) {
        guard !isClosed else { return }
        close()
        owner?.spoolFailed(error)
    }
}
