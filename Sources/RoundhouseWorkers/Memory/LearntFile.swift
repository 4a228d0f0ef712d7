internal import FoundationEssentials
internal import Synchronization

/// What was learnt, by names, and kept in a file of JSON, so that it need not be learnt again after a restart. Safe to call from any thread.
final class LearntFile<Entry: Codable & Sendable>: Sendable {
    private struct State {
        var entries: [String: Entry] = [:]
        var isChanged = false
    }

    private let state: Mutex<State>
    private let path: String?

    /// Entries of what is gone are dropped, with all others, when there are so many.
    private let most = 4096

    /// What the file says; one that cannot be read is begun anew.
    /// - Parameter path: nil keeps everything in memory only.
    init(path: String?) {
        self.path = path
        var entries: [String: Entry] = [:]
        if let path, let bytes = FileManager.default.contents(atPath: path) {
            do {
                entries = try JSONDecoder().decode([String: Entry].self, from: bytes)
            } catch {
                entries = [:]  // All of it is learnt again in time.
            }
        }
        state = Mutex(State(entries: entries))
    }

    subscript(name: String) -> Entry? { state.withLock { $0.entries[name] } }

    /// Changes an entry.
    /// - Parameter change: gives the new one for the old one; nil leaves it as it is.
    func change(_ name: String, _ change: (Entry?) -> Entry?) {
        state.withLock { state in
            guard let entry = change(state.entries[name]) else { return }
            state.entries[name] = entry
            state.isChanged = true
        }
    }

    /// Writes the file if something has changed: a new one, which takes the place of the old one as a whole.
    /// - Returns: why it could not be written.
    func save() -> String? {
        guard let path else { return nil }
        let entries = state.withLock { state -> [String: Entry]? in
            guard state.isChanged else { return nil }
            state.isChanged = false
            if state.entries.count > most { state.entries = [:] }
            return state.entries
        }
        guard let entries else { return nil }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            try encoder.encode(entries).write(to: URL(filePath: path), options: .atomic)
            return nil
        } catch {
            state.withLock { $0.isChanged = true }
            return "\(error)"
        }
    }
}
