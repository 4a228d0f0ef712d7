#if canImport(Glibc)
private import Glibc
#endif

/// The private folder for the sockets of one gateway. Short, because the path of a Unix socket has at most 107 bytes.
public struct RuntimeDirectory: Sendable {
    /// Its absolute path.
    public let path: String

    /// The folder of the gateway that works on a data folder. Every caller with the same data folder gets the same one.
    /// - Parameter data: absolute path.
    public init(data: String, environment: [String: String]) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in data.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash & 0xffff_ffff | 0x1_0000_0000, radix: 16).dropFirst()
        if let folder = environment["XDG_RUNTIME_DIR"], folder.hasPrefix("/"), folder.utf8.count < 40 {
            path = "\(folder)/roundhouse-\(digits)"
        } else {
            path = "/tmp/roundhouse-\(getuid())-\(digits)"
        }
    }

    /// Path of the socket that `roundhouse ps` and its like talk to.
    public var controlSocket: String { path + "/control.sock" }

    /// Makes the folder, readable by nobody else.
    /// - Throws: `RuntimeDirectoryError` if it cannot be made or belongs to somebody else.
    public func create() throws {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw RuntimeDirectoryError("cannot be made", path, errno) }
        var info = stat()
        guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR, info.st_uid == getuid() else {
            throw RuntimeDirectoryError("belongs to somebody else or is no folder", path)
        }
        guard chmod(path, 0o700) == 0 else { throw RuntimeDirectoryError("cannot be made private", path, errno) }
    }

    /// Removes the folder and the sockets in it.
    public func remove() {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".sock") { unlink(path + "/" + name) }
        }
        closedir(folder)
        rmdir(path)
    }

    /// Removes what is left of an earlier socket at a path.
    /// - Throws: `RuntimeDirectoryError` if something else is there.
    public static func removeStale(_ socket: String) throws {
        guard socket.utf8.count < 108 else { throw RuntimeDirectoryError("is too long for a socket", socket) }
        var info = stat()
        guard lstat(socket, &info) == 0 else { return }
        guard info.st_mode & S_IFMT == S_IFSOCK else {
            throw RuntimeDirectoryError("is in the way of a socket; remove it", socket)
        }
        guard unlink(socket) == 0 else { throw RuntimeDirectoryError("cannot be removed", socket, errno) }
    }
}

/// The folder for sockets cannot be used.
public struct RuntimeDirectoryError: Error, CustomStringConvertible {
    /// A sentence.
    public let description: String

    init(_ what: String, _ path: String, _ number: Int32? = nil) {
        description = "\(path) \(what)" + (number.map { ": " + String(cString: strerror($0)) } ?? "")
    }
}
