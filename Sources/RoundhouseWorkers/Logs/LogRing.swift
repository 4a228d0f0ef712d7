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
        /// Lines ever begun before the first of `lines`, and before the run that goes on.
        var dropped = 0
        var beforeRun = 0
        var partial: [UInt8] = []
        var descriptor: Int32 = -1
        var written = 0
    }

    private let state: Mutex<State>
    private let path: String?

    private static let lineLimit = 1000
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

    /// The lines of the run before are not taken for the last words of the next one. A file that was given up is tried again.
    func beginRun() {
        state.withLock { state in
            if !state.partial.isEmpty { endLine(&state) }
            state.beforeRun = state.dropped + state.lines.count
            if state.descriptor < 0, let path { Self.openFile(path, &state) }
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
        let surplus = state.lines.count - Self.lineLimit
        if surplus > 0 {
            state.lines.removeFirst(surplus)
            state.dropped += surplus
        }
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

    /// Whole lines, oldest first, of all runs.
    /// - Parameters:
    ///   - number: the first that is wanted; lines are numbered from 0 as long as the gateway runs. nil is the last ones.
    ///   - count: how many at most.
    /// - Returns: the lines, and the number of the one behind them.
    func lines(from number: Int?, count: Int) -> (lines: [String], next: Int) {
        state.withLock { state in
            let end = state.dropped + state.lines.count
            let first = min(max(number ?? end - count, state.dropped), end)
            let lines = state.lines[(first - state.dropped)...].prefix(count)
            return (Array(lines), first + lines.count)
        }
    }

    /// The last lines of the run that goes on, or of the last one, oldest first, with what has been printed of the next one.
    func last(_ count: Int) -> [String] {
        state.withLock { state in
            var lines = Array(state.lines.dropFirst(max(0, state.beforeRun - state.dropped)))
            if !state.partial.isEmpty { lines.append(String(decoding: state.partial, as: UTF8.self)) }
            return Array(lines.suffix(count))
        }
    }
}
