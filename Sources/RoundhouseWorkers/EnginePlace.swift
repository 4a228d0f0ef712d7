internal import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

/// Finds where an engine is to listen.
enum EnginePlace {
    /// A Unix socket in the runtime folder, or a free loopback port for an engine that cannot listen on one.
    /// - Throws: `RuntimeDirectoryError`
    static func make(for model: Model, socket: String) throws -> UpstreamAddress {
        var wantsSocket = model.profile.launch?.listening != .port
        if case .launched(let settings) = model.placement, settings.listensOnSocket { wantsSocket = true }
        guard !wantsSocket else {
            try RuntimeDirectory.removeStale(socket)
            return .unix(path: socket)
        }
        return .tcp(host: "127.0.0.1", port: try freePort(), tls: false)
    }

    /// A port that the kernel says is free. Somebody else can take it before the engine does; the engine then ends with an
    /// error, and the next start takes another.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw RuntimeDirectoryError("cannot be had", "a loopback port", errno) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw RuntimeDirectoryError("cannot be had", "a loopback port", errno) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
