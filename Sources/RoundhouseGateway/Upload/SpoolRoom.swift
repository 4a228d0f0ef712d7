internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Where uploads lie that are too large for memory, and the threads that write and read them, because a file may block. One
/// for the whole gateway.
final class SpoolRoom: Sendable {
    private let folder: String
    /// Two: a disk that hesitates over one upload does not stop all others.
    private let threads = NIOThreadPool(numberOfThreads: 2)
    private let running = Atomic<Int>(0)

    init(folder: String) {
        self.folder = folder
        threads.start()
    }

    /// Makes a file.
    func open(on loop: any EventLoop) -> EventLoopFuture<SpoolFile> {
        run(on: loop) { [folder] in try SpoolFile(in: folder) }
    }

    /// Runs `body` on one of the threads, and answers on `loop`.
    func run<T: Sendable>(
        on loop: any EventLoop, _ body: @escaping @Sendable () throws -> T
    ) -> EventLoopFuture<T> {
        let promise = loop.makePromise(of: T.self)
        running.add(1, ordering: .relaxed)
        threads.submit { [self] state in
            promise.completeWith(
                Result {
                    guard state == .active else { throw ChannelError.ioOnClosedChannel }
                    return try body()
                })
            running.subtract(1, ordering: .releasing)
        }
        return promise.futureResult
    }

    /// Closes a file.
    func close(_ file: SpoolFile) {
        running.add(1, ordering: .relaxed)
        threads.submit { [self] _ in
            file.close()
            running.subtract(1, ordering: .releasing)
        }
    }

    /// Ends the threads. To be called when no upload is left, and before the loops end: what runs still answers to them.
    func shutdown() async throws {
        while running.load(ordering: .acquiring) > 0 { try await Task.sleep(for: .milliseconds(2)) }
        try await threads.shutdownGracefully()
    }
}
