internal import NIOCore
internal import Synchronization

#if canImport(Glibc)
private import Glibc
#endif

/// A file without a name: it is gone when it is closed, and when the process ends in whatever way. Its calls block; any
/// thread may make them, one waits for the other.
final class SpoolFile: Sendable {
    /// -1 when it is closed.
    private let descriptor: Mutex<Int32>

    /// `O_TMPFILE`, a macro that Swift does not see; the number is the kernel's for every architecture (asm-generic/fcntl.h).
    private static let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY

    /// Makes one in `folder`, which is made if it is missing.
    /// - Parameter unnamed: whether the file system may be asked for a file that never has a name.
    init(in folder: String, unnamed: Bool = true) throws {
        // When it fails for another reason than that the folder is there, opening fails too, and says why.
        _ = mkdir(folder, 0o700)
        var opened: Int32 = unnamed ? open(folder, Self.unnamed | O_RDWR | O_CLOEXEC, 0o600) : -1
        // Old kernels take the flags for those of a folder that cannot be written to, some file systems cannot do it.
        if !unnamed || opened < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL) {
            opened = Self.unlinked(in: folder)
        }
        guard opened >= 0 else { throw IOError(errnoCode: errno, reason: "open") }
        descriptor = Mutex(opened)
    }

    deinit { close() }

    /// A file that had a name for a moment; -1 with `errno` if there is none.
    private static func unlinked(in folder: String) -> Int32 {
        let name = folder + "/upload-" + String(UInt64.random(in: .min ... .max), radix: 16)
        let opened = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if opened >= 0 { unlink(name) }
        return opened
    }

    /// Writes all of `bytes`.
    func write(_ bytes: ByteBuffer, at offset: Int) throws {
        try descriptor.withLock { descriptor in
            try bytes.withUnsafeReadableBytes { memory in
                var done = 0
                while done < memory.count {
                    let count = pwrite(
                        descriptor, memory.baseAddress! + done, memory.count - done, off_t(offset + done))
                    if count > 0 {
                        done += count
                    } else if count == 0 || errno != EINTR {
                        throw IOError(errnoCode: count == 0 ? ENOSPC : errno, reason: "pwrite")
                    }
                }
            }
        }
    }

    /// Reads all of `range`, which has been written.
    func read(_ range: Range<Int>) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: range.count)
        try descriptor.withLock { descriptor in
            while buffer.readableBytes < range.count {
                let place = range.lowerBound + buffer.readableBytes
                let left = range.upperBound - place
                var reason: Int32 = 0
                let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: left) { memory in
                    let count = pread(descriptor, memory.baseAddress!, left, off_t(place))
                    if count < 0 { reason = errno }
                    return max(0, count)
                }
                // Nothing can be read where something was written: another hand has shortened the file.
                if count == 0, reason != EINTR { throw IOError(errnoCode: reason == 0 ? EIO : reason, reason: "pread") }
            }
        }
        return buffer
    }

    /// Closes it; the kernel then frees its space, which takes a while for a large one.
    func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
    }
}
