import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// A client that sends the bytes it is told to, and shows the bytes that come back.
public final class RawClient: Sendable {
    private let descriptor: Int32
    private let state = Mutex(State())

    private struct State {
        var unread: [UInt8] = []
        var isAtEnd = false
        var wasReset = false
        var isClosed = false
    }

    /// Connects to 127.0.0.1.
    /// - Parameter receiveBuffer: the kernel's receive buffer, in bytes.
    public init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = try Socket.make(AF_INET)
        if let receiveBuffer { try Socket.set(descriptor, SO_RCVBUF, receiveBuffer) }
        let descriptor = self.descriptor
        _ = try Socket.check(Socket.withLoopback(port) { connect(descriptor, $0, $1) }, "connect")
    }

    deinit { close() }

    /// Sends bytes.
    public func send(_ bytes: [UInt8]) async throws {
        let descriptor = self.descriptor
        try await onThread { try Socket.send(descriptor, bytes, until: .now + generous) }
    }

    /// Sends text.
    public func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Reads until `isEnough` says so of all bytes not yet taken, or the other side closes; returns these bytes and takes
    /// none.
    public func read(
        _ what: String, within limit: Duration = generous, until isEnough: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        try await onThread { [self] in
            let deadline = ContinuousClock.now + limit
            while true {
                let (unread, isAtEnd) = state.withLock { ($0.unread, $0.isAtEnd) }
                if isEnough(unread) || isAtEnd { return unread }
                do {
                    guard let more = try Socket.read(descriptor, until: deadline) else {
                        state.withLock { $0.isAtEnd = true }
                        continue
                    }
                    guard !more.isEmpty else {
                        throw Overdue(
                            "\(what); got \(String(decoding: unread.suffix(2000), as: UTF8.self).debugDescription)")
                    }
                    state.withLock { $0.unread += more }
                } catch let error as SocketError where error.code == ECONNRESET {
                    state.withLock {
                        $0.isAtEnd = true
                        $0.wasReset = true
                    }
                }
            }
        }
    }

    /// Reads until some text has come; takes nothing.
    @discardableResult
    public func read(until text: String) async throws -> String {
        let wanted = Array(text.utf8)
        let bytes = try await read("the text \(text.debugDescription)") { $0.firstRange(of: wanted) != nil }
        guard bytes.firstRange(of: wanted) != nil else {
            throw Overdue(
                "the text \(text.debugDescription) before the end of \(String(decoding: bytes, as: UTF8.self).debugDescription)"
            )
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads to the end of the connection, and takes everything.
    public func readToEnd() async throws -> [UInt8] {
        let bytes = try await read("the end of the connection") { _ in false }
        state.withLock { $0.unread = [] }
        return bytes
    }

    /// Reads one answer, and takes it. An answer that the connection's end cuts off comes with `isComplete` false.
    /// - Parameter toHead: the answer to HEAD, which has no body.
    public func answer(toHead: Bool = false) async throws -> HTTPAnswer {
        let bytes = try await read("an answer") { HTTPAnswer.parse($0, atEnd: false, toHead: toHead) != nil }
        let isAtEnd = state.withLock { $0.isAtEnd }
        guard let (answer, count) = HTTPAnswer.parse(bytes, atEnd: isAtEnd, toHead: toHead) else {
            throw Overdue("an answer before the end of \(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        state.withLock { $0.unread.removeFirst(count) }
        return answer
    }

    /// Whether the other side has closed, or reset, and sent nothing more; waits for it.
    public func sawEnd(within limit: Duration = generous) async throws -> Bool {
        let bytes = try await read("the end", within: limit) { !$0.isEmpty }
        return bytes.isEmpty
    }

    /// Whether the end was a reset.
    public var wasReset: Bool { state.withLock { $0.wasReset } }

    /// Sends a FIN and keeps reading.
    public func halfClose() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a reset.
    public func reset() {
        if beginClosing() { Socket.reset(descriptor) }
    }

    /// Closes.
    public func close() {
        if beginClosing() { Glibc.close(descriptor) }
    }

    private func beginClosing() -> Bool {
        state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
    }
}
