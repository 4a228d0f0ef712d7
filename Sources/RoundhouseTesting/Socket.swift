#if canImport(Glibc)
import Glibc
#endif

/// A system call on a socket failed.
public struct SocketError: Error, CustomStringConvertible {
    /// The call.
    public var call: String
    /// Its `errno`.
    public var code: Int32

    /// The call and what the system says.
    public var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// Plain POSIX stream sockets, as blocking calls with deadlines. Every function may be called from any thread.
enum Socket {
    static func check(_ result: Int32, _ call: String) throws -> Int32 {
        guard result >= 0 else { throw SocketError(call: call, code: errno) }
        return result
    }

    static func make(_ family: Int32) throws -> Int32 {
        try check(socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0), "socket")
    }

    /// Calls `body` with 127.0.0.1 and a port.
    static func withLoopback<T>(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> T) rethrows -> T {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(UInt32(0x7f00_0001).bigEndian)
        return try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Calls `body` with the address of a Unix socket.
    static func withPath<T>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> T) rethrows -> T {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        precondition(
            path.utf8.count < MemoryLayout.size(ofValue: address.sun_path), "The path is too long for a socket.")
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    static func port(of descriptor: Int32) throws -> Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        _ = try check(result, "getsockname")
        return Int(UInt16(bigEndian: address.sin_port))
    }

    static func set(_ descriptor: Int32, _ option: Int32, _ value: Int32) throws {
        var value = value
        _ = try check(
            setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Int32>.size)), "setsockopt")
    }

    /// Closes so that the other side gets a reset.
    static func reset(_ descriptor: Int32) {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    /// Waits for `events`; false when the time is over.
    static func wait(_ descriptor: Int32, _ events: Int32, until deadline: ContinuousClock.Instant) throws -> Bool {
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return false }
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = poll(&entry, 1, Int32(clamping: milliseconds))
            if count > 0 { return true }
            if count < 0, errno != EINTR { throw SocketError(call: "poll", code: errno) }
        }
    }

    /// Reads what is there: nil at the end, an empty array when the time is over.
    static func read(_ descriptor: Int32, until deadline: ContinuousClock.Instant, limit: Int = 65_536) throws
        -> [UInt8]?
    {
        guard try wait(descriptor, POLLIN, until: deadline) else { return [] }
        var bytes = [UInt8](repeating: 0, count: limit)
        while true {
            let count = recv(descriptor, &bytes, limit, 0)
            if count > 0 { return Array(bytes[..<count]) }
            if count == 0 { return nil }
            if errno != EINTR { throw SocketError(call: "recv", code: errno) }
        }
    }

    /// Sends everything; gives the bytes that each call took.
    static func send(
        _ descriptor: Int32, _ bytes: [UInt8], until deadline: ContinuousClock.Instant,
        progress: (Int) -> Void = { _ in }
    ) throws {
        var offset = 0
        while offset < bytes.count {
            guard try wait(descriptor, POLLOUT, until: deadline) else {
                throw SocketError(call: "send", code: ETIMEDOUT)
            }
            let count = bytes.withUnsafeBytes { all in
                Glibc.send(
                    descriptor, all.baseAddress! + offset, all.count - offset, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                )
            }
            if count >= 0 {
                offset += count
                progress(count)
            } else if errno != EINTR && errno != EAGAIN {
                throw SocketError(call: "send", code: errno)
            }
        }
    }
}
