internal import Synchronization

#if canImport(Glibc)
private import Glibc
#endif

/// The last lines that an engine printed, also appended to a file.
///
/// The file is moved aside once when it is full, so that a chatty engine takes at most twice `fileLimit` of the disk. A
/// file that cannot be written is given up: a full disk must not stop an engine.
final class LogRing: Sendable {
    private struct State {
        var lines: [String] = []
        var partial: [UInt8] = []
        var descriptor: Int32 = -1
        var written = 0
    }

    private let state: Mutex<State>
    private let path: String?

    private static let lineLimit = 200
    private static let lineLength = 2000
    private static let fileLimit = 8 << 20

    /// A ring, and its file if `path` is given and can be opened.
    init(path: String?) {
        self.path = path
        var initial = State()
        if let path { Self.openFile(path, &initial) }
        state = Mutex(initial)
    }

    deinit {
        state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } }
    }

    private static func openFile(_ path: String, _ state: inout State) {
        state.descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard state.descriptor >= 0 else { return }
        state.written = Int(lseek(state.descriptor, 0, SEEK_END))
    }

    /// Forgets the lines of the run before, so that they are not taken for the last words of the next one. The file
    /// keeps them.
    func beginRun() {
        state.withLock { state in
            state.lines = []
            state.partial = []
        }
    }

    /// Takes what an engine printed.
    func append(_ bytes: [UInt8]) {
        state.withLock { state in
            writeToFile(bytes, &state)
            for byte in bytes {
                if byte == 0x0a {
                    endLine(&state)
                } else if state.partial.count < Self.lineLength {
                    state.partial.append(byte)
                }
            }
        }
    }

    private func endLine(_ state: inout State) {
        if state.partial.last == 0x0d { state.partial.removeLast() }
        state.lines.append(String(decoding: state.partial, as: UTF8.self))
        if state.lines.count > Self.lineLimit { state.lines.removeFirst(state.lines.count - Self.lineLimit) }
        state.partial.removeAll(keepingCapacity: true)
    }

    private func writeToFile(_ bytes: [UInt8], _ state: inout State) {
        guard state.descriptor >= 0, let path else { return }
        if state.written + bytes.count > Self.fileLimit {
            close(state.descriptor)
            rename(path, path + ".1")
            Self.openFile(path, &state)
            guard state.descriptor >= 0 else { return }
        }
        let count = write(state.descriptor, bytes, bytes.count)
        if count < 0 {
            close(state.descriptor)
            state.descriptor = -1
        } else {
            state.written += count
        }
    }

    /// The last lines, oldest first, with what has been printed of the next one.
    func last(_ count: Int) -> [String] {
        state.withLock { state in
            var lines = state.lines
            if !state.partial.isEmpty { lines.append(String(decoding: state.partial, as: UTF8.self)) }
            return Array(lines.suffix(count))
        }
    }
}
