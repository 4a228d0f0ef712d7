#if canImport(Glibc)
import Glibc
#endif

/// The TCP sockets of this process.
struct Sockets {
    var local: Int
    var peer: Int?
    var hasNoDelay: Bool
    /// Bytes that have come and that nobody has read.
    var unread: Int

    /// More than all tests together open.
    private static let mostDescriptors: Int32 = 8192

    static var all: [Sockets] {
        (0..<Self.mostDescriptors).compactMap { descriptor in
            guard let local = port(descriptor, getsockname) else { return nil }
            var value: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &value, &size) == 0 else { return nil }
            var unread: Int32 = 0
            guard ioctl(descriptor, UInt(FIONREAD), &unread) == 0 else { return nil }
            return Sockets(
                local: local, peer: port(descriptor, getpeername), hasNoDelay: value != 0, unread: Int(unread))
        }
    }

    private static func port(
        _ descriptor: Int32,
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> Int? {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &size) }
        }
        guard result == 0, address.sin_family == sa_family_t(AF_INET) else { return nil }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
