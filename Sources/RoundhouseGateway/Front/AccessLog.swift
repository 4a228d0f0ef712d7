private import Dispatch
internal import Synchronization

#if canImport(Glibc)
private import Glibc
#endif

/// Writes batches of access-log lines to a descriptor, in order, off the event loops.
///
/// A reader that does not keep up makes batches wait in memory, up to a limit; beyond it whole batches are dropped and
/// counted, since a log must not stop answers. `close` returns when everything is written.
final class AccessLog: Sendable {
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "access-log")
    private let waiting = Atomic<Int>(0)
    private let droppedBytes = Atomic<Int>(0)

    /// How many bytes may wait.
    private static let waitingLimit = 64 << 20

    /// A log that goes to a descriptor, which stays the caller's.
    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Bytes of lines that were dropped because the reader did not keep up or the disk was full.
    var dropped: Int { droppedBytes.load(ordering: .relaxed) }

    /// Takes a batch of whole lines.
    func write(_ lines: [UInt8]) {
        let count = lines.count
        guard waiting.add(count, ordering: .relaxed).newValue <= Self.waitingLimit else {
            waiting.subtract(count, ordering: .relaxed)
            droppedBytes.add(count, ordering: .relaxed)
            return
        }
        queue.async { [self] in
            writeAll(lines)
            waiting.subtract(count, ordering: .relaxed)
        }
    }

    /// Waits until everything taken so far is written. Blocks; not for event loops.
    func drain() {
        queue.sync {}
    }

    private func writeAll(_ lines: [UInt8]) {
        lines.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
                if count > 0 {
                    offset += count
                } else if errno == EAGAIN {
                    var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&poller, 1, -1)
                } else if errno != EINTR {
                    droppedBytes.add(bytes.count - offset, ordering: .relaxed)
                    return
                }
            }
        }
    }
}
