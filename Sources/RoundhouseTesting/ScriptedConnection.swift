import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// One connection of a `ScriptedUpstream`. A script calls it from its thread; the rest may be asked from anywhere.
public final class ScriptedConnection: Sendable {
    /// Counts from 0 in the order of acceptance.
    public let number: Int

    private let descriptor: Int32
    let onRequest: @Sendable (ScriptedRequest) -> Void
    private let sent = Atomic<Int>(0)
    private let peerClosed = Atomic<Bool>(false)
    let state = Mutex(State())

    struct State {
        var isClosed = false
        var unread: [UInt8] = []

        /// The head that has come, and where it ends.
        func head(_ number: Int) -> (ScriptedRequest, Int)? {
            guard let end = unread.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return nil }
            let text = String(decoding: unread[..<end], as: UTF8.self)
            return (ScriptedRequest(connection: number, head: text, body: []), end)
        }

        /// The request that has come with all of its body.
        mutating func takeRequest(_ number: Int) -> ScriptedRequest? {
            guard let (head, end) = head(number) else { return nil }
            var request = head
            let length = request.header("content-length").flatMap { Int($0) } ?? 0
            guard unread.count >= end + length else { return nil }
            request.body = Array(unread[end..<end + length])
            unread.removeFirst(end + length)
            return request
        }
    }

    init(descriptor: Int32, number: Int, onRequest: @escaping @Sendable (ScriptedRequest) -> Void) {
        self.descriptor = descriptor
        self.number = number
        self.onRequest = onRequest
    }

    /// Bytes that the kernel has taken.
    public var bytesSent: Int { sent.load(ordering: .relaxed) }
    /// Whether the other side was seen to have closed, or reset.
    public var peerHasClosed: Bool { peerClosed.load(ordering: .acquiring) }

    /// Reads one request; nil if the other side closes before its first byte.
    public func request(within limit: Duration = generous) throws -> ScriptedRequest? {
        let deadline = ContinuousClock.now + limit
        while true {
            if let request = state.withLock({ $0.takeRequest(number) }) {
                onRequest(request)
                return request
            }
            guard let more = try receive(deadline) else { return nil }
            state.withLock { $0.unread += more }
        }
    }

    func receive(_ deadline: ContinuousClock.Instant) throws -> [UInt8]? {
        do {
            guard let bytes = try Socket.read(descriptor, until: deadline) else {
                peerClosed.store(true, ordering: .releasing)
                return nil
            }
            guard !bytes.isEmpty else { throw Overdue("bytes at the upstream") }
            return bytes
        } catch let error as SocketError {
            note(error)
            throw error
        }
    }

    /// Sends bytes; waits while the other side does not take them.
    public func send(_ bytes: [UInt8], within limit: Duration = generous) throws {
        do {
            try Socket.send(descriptor, bytes, until: .now + limit) { sent.add($0, ordering: .relaxed) }
        } catch {
            note(error)
            throw error
        }
    }

    /// Sends text.
    public func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends an answer with a content length.
    public func answer(
        _ body: String, status: String = "200 OK", type: String = "application/json", headers: String = ""
    ) throws {
        try send(
            "HTTP/1.1 \(status)\r\ncontent-type: \(type)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
        )
    }

    /// Sends the head of a chunked event stream.
    public func beginStream() throws {
        try send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    }

    /// Sends text as one chunk.
    public func chunk(_ text: String) throws {
        try send(String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n")
    }

    /// Sends the last chunk.
    public func endChunks() throws { try send("0\r\n\r\n") }

    /// Sends pieces for as long as the other side reads each of them; returns the bytes sent when it has stopped reading. For
    /// Unix sockets, where the kernel tells what is unread.
    public func sendWhileRead(_ piece: [UInt8], patience: Duration = .milliseconds(700)) throws -> Int {
        var total = 0
        while true {
            try send(piece)
            total += piece.count
            let deadline = ContinuousClock.now + patience
            while unread > 0 {
                if ContinuousClock.now > deadline { return total }
                usleep(500)
            }
        }
    }

    /// Bytes that the other side's kernel has and the other side has not read; Unix sockets only.
    private var unread: Int {
        var count: Int32 = 0
        _ = ioctl(descriptor, UInt(TIOCOUTQ), &count)
        return Int(count)
    }

    /// Blocks until the other side closes; whatever it sends until then is thrown away.
    public func waitForClose(within limit: Duration = generous) throws {
        while try receive(.now + limit) != nil {}
    }

    /// Closes so that the other side gets a reset.
    public func reset() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        if isFirst { Socket.reset(descriptor) }
    }

    /// Closes.
    public func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        if isFirst { Glibc.close(descriptor) }
    }

    /// Ends both directions and leaves the descriptor to the script's thread.
    func hangUp() {
        state.withLock { state in
            if !state.isClosed { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    func note(_ error: any Error) {
        if let error = error as? SocketError, error.code == ECONNRESET || error.code == EPIPE {
            peerClosed.store(true, ordering: .releasing)
        }
    }
}
