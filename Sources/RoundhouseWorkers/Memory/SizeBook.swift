internal import FoundationEssentials
internal import Logging
internal import RoundhouseCore
internal import Synchronization

/// What engines have taken at most, and how long their loads took, for each model with its settings. Kept in a file, so that the first
/// decision after a restart is as good as the last one before. Safe to call from any thread.
public final class SizeBook: Sendable {
    /// What was learnt of one model with its settings.
    struct Entry: Codable, Equatable {
        /// The most that it took.
        var size: Footprint
        /// Seconds from its start until it was ready, the last time.
        var loadSeconds: Double?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var isChanged = false
    }

    private let state: Mutex<State>
    private let path: String?

    /// The entries of models that are gone are dropped when there are so many.
    private static let most = 4096

    /// A book, and what its file says; a file that cannot be read is begun anew.
    /// - Parameter path: nil keeps it in memory only.
    public init(path: String?) {
        self.path = path
        var entries: [String: Entry] = [:]
        if let path, let bytes = FileManager.default.contents(atPath: path) {
            do {
                entries = try JSONDecoder().decode([String: Entry].self, from: bytes)
            } catch {
                // Everything in it is learnt again with the next loads.
                entries = [:]
            }
        }
        state = Mutex(State(entries: entries))
    }

    /// What is known of a model with its settings. Other weights under the same name have another size, and so another key.
    static func key(_ model: Model) -> String {
        guard case .launched(let settings) = model.placement else { return model.name }
        let hash = StickyHash.of("\(settings) \(model.profile.name) \(model.weightBytes ?? 0)")
        return "\(model.name) \(String(hash, radix: 16))"
    }

    subscript(key: String) -> Entry? { state.withLock { $0.entries[key] } }

    /// A run is that large now. What is a twentieth more than was known counts.
    func note(_ size: Footprint, for key: String) {
        state.withLock { state in
            let known = state.entries[key]?.size ?? .none
            let larger = known.union(size)
            guard larger.total > known.total + known.total / 20 else { return }
            state.entries[key, default: Entry(size: .none)].size = larger
            state.isChanged = true
        }
    }

    /// A load took so long.
    func note(loadTime: Duration, for key: String) {
        let seconds = Double(loadTime.microseconds) / 1e6
        state.withLock { state in
            state.entries[key, default: Entry(size: .none)].loadSeconds = seconds
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
            if state.entries.count > Self.most { state.entries = [:] }
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
