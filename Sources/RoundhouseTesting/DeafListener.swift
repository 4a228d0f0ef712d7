import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// A TCP port on which connections neither succeed nor fail: its queue is full, and nobody accepts.
public final class DeafListener: Sendable {
    /// The port.
    public let port: Int
    private let descriptors: [Int32]

    /// Listens, and fills the queue.
    public init() throws {
        let listener = try Socket.make(AF_INET)
        _ = try Socket.check(Socket.withLoopback(0) { bind(listener, $0, $1) }, "bind")
        _ = try Socket.check(listen(listener, 0), "listen")
        let port = try Socket.port(of: listener)
        var descriptors = [listener]
        for _ in 0..<4 {
            let filler = try Socket.make(AF_INET)
            _ = fcntl(filler, F_SETFL, O_NONBLOCK)
            _ = Socket.withLoopback(port) { connect(filler, $0, $1) }
            descriptors.append(filler)
        }
        self.port = port
        self.descriptors = descriptors
    }

    /// A port on which nobody listens and nobody will, as long as this exists.
    public static func closedPort() throws -> DeafListener {
        let descriptor = try Socket.make(AF_INET)
        _ = try Socket.check(Socket.withLoopback(0) { bind(descriptor, $0, $1) }, "bind")
        return DeafListener(port: try Socket.port(of: descriptor), descriptors: [descriptor])
    }

    private init(port: Int, descriptors: [Int32]) {
        self.port = port
        self.descriptors = descriptors
    }

    /// Closes everything.
    public func stop() {
        for descriptor in descriptors { close(descriptor) }
    }
}
