import Foundation
public import RoundhouseCore
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// A server that does exactly what a script says, over a real socket: TCP on a port that the kernel chooses, or Unix.
///
/// The script is a closure that runs once for each connection, on a thread of its own, with blocking calls.
public final class ScriptedUpstream: Sendable {
    /// Where it listens.
    public let endpoint: Endpoint
    /// The port; 0 on a Unix socket.
    public let port: Int

    private let listener: Int32
    private let path: String?
    private let recorded = Mutex(Recorded())

    private struct Recorded {
        var connections: [ScriptedConnection] = []
        var requests: [ScriptedRequest] = []
        var isStopped = false
    }

    /// Begins to listen.
    /// - Parameters:
    ///   - unixPath: listen there and not on TCP.
    ///   - tls: whether the endpoint asks for TLS.
    ///   - sendBuffer: the kernel's send buffer for each connection, in bytes.
    ///   - script: what a connection does; when it returns or throws, the connection is closed.
    public init(
        unixPath: String? = nil, tls: Bool = false, sendBuffer: Int32? = nil,
        script: @escaping @Sendable (ScriptedConnection) throws -> Void
    ) throws {
        path = unixPath
        let descriptor = try Socket.make(unixPath == nil ? AF_INET : AF_UNIX)
        if let unixPath {
            _ = try Socket.check(Socket.withPath(unixPath) { bind(descriptor, $0, $1) }, "bind")
        } else {
            _ = try Socket.check(Socket.withLoopback(0) { bind(descriptor, $0, $1) }, "bind")
        }
        _ = try Socket.check(listen(descriptor, 128), "listen")
        listener = descriptor
        if let unixPath {
            port = 0
            endpoint = Endpoint(address: .unix(path: unixPath), hostHeader: "localhost")
        } else {
            port = try Socket.port(of: descriptor)
            endpoint = Endpoint(address: .tcp(host: "127.0.0.1", port: port, tls: tls), hostHeader: "127.0.0.1:\(port)")
        }
        Thread { [self] in accept(sendBuffer, script) }.start()
    }

    private func accept(_ sendBuffer: Int32?, _ script: @escaping @Sendable (ScriptedConnection) throws -> Void) {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor < 0 {
                if errno == EINTR { continue }
                // Closed here and nowhere else: the number of a closed descriptor is soon somebody else's.
                close(listener)
                return
            }
            if let sendBuffer { try? Socket.set(descriptor, SO_SNDBUF, sendBuffer) }
            let (connection, isStopped) = recorded.withLock { recorded in
                let connection = ScriptedConnection(descriptor: descriptor, number: recorded.connections.count) {
                    [weak self] request in self?.recorded.withLock { $0.requests.append(request) }
                }
                recorded.connections.append(connection)
                return (connection, recorded.isStopped)
            }
            if isStopped {
                connection.close()
                return
            }
            Thread {
                do { try script(connection) } catch { connection.note(error) }
                connection.close()
            }.start()
        }
    }

    /// Closes the listener and everything open. Scripts that still run find their connection gone.
    public func stop() {
        let open = recorded.withLock { recorded in
            recorded.isStopped = true
            return recorded.connections
        }
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in open { connection.hangUp() }
        if let path { unlink(path) }
    }

    /// The connections accepted so far, in order.
    public var connections: [ScriptedConnection] { recorded.withLock { $0.connections } }
    /// The requests read so far, in order.
    public var requests: [ScriptedRequest] { recorded.withLock { $0.requests } }
    /// Bytes that went out over all connections.
    public var bytesSent: Int { connections.reduce(0) { $0 + $1.bytesSent } }

    /// Waits until so many requests have been read.
    public func hasRead(_ count: Int) async throws {
        try await eventually("request \(count) at the upstream") { self.requests.count >= count }
    }

    /// Waits until the gateway has closed the connection with this number.
    public func sawClose(_ number: Int = 0) async throws {
        try await eventually("the upstream's connection \(number) is closed by the gateway") {
            self.connections.count > number && self.connections[number].peerHasClosed
        }
    }
}

/// A request as it came in.
public struct ScriptedRequest: Sendable {
    /// Number of the connection that it came over.
    public var connection: Int
    /// The head, with its empty line.
    public var head: String
    /// The body.
    public var body: [UInt8]

    /// The value of a header, the name in lower case; nil if there is none.
    public func header(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name { return parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return nil
    }

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
