#if canImport(Glibc)
private import Glibc
#endif

/// Keeps a second gateway off the same data folder. The lock ends with the process, however it ends.
public final class LockFile: Sendable {
    private let descriptor: Int32

    /// Takes the lock.
    /// - Throws: `LockFileError` if another gateway has it, or the file cannot be written.
    public init(path: String) throws {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw LockFileError.unusable("\(path): \(String(cString: strerror(errno)))") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = max(0, read(file, &bytes, bytes.count))
            close(file)
            throw LockFileError.taken(pid: Int32(String(decoding: bytes.prefix(count), as: UTF8.self)), path: path)
        }
        let pid = Array(String(getpid()).utf8)
        guard ftruncate(file, 0) == 0, pwrite(file, pid, pid.count, 0) == pid.count else {
            close(file)
            throw LockFileError.unusable("\(path): \(String(cString: strerror(errno)))")
        }
        descriptor = file
    }

    deinit {
        close(descriptor)
    }
}

/// The lock cannot be had.
public enum LockFileError: Error, CustomStringConvertible {
    /// Another gateway has it.
    case taken(pid: Int32?, path: String)
    /// The file cannot be opened or written.
    case unusable(String)

    /// A sentence, with what to do.
    public var description: String {
        switch self {
        case .taken(let pid, let path):
            let who = pid.map { "process \($0)" } ?? "another process"
            return
                "\(who) is already serving this data folder (\(path)). Stop it, or give this one a --data folder of its own."
        case .unusable(let why): return "The lock file cannot be used: \(why)"
        }
    }
}
