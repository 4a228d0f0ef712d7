internal import RoundhouseCore

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

    private let file: LearntFile<Entry>

    /// A book, and what its file says.
    /// - Parameter path: nil keeps it in memory only.
    public init(path: String?) {
        file = LearntFile(path: path)
    }

    /// What is known of a model with its settings. Other weights under the same name have another size, and so another key.
    static func key(_ model: Model) -> String {
        guard case .launched(let settings) = model.placement else { return model.name }
        let hash = StickyHash.of("\(settings) \(model.profile.name) \(model.weightBytes ?? 0)")
        return "\(model.name) \(String(hash, radix: 16))"
    }

    subscript(key: String) -> Entry? { file[key] }

    /// A run is that large now. What is a twentieth more than was known counts.
    func note(_ size: Footprint, for key: String) {
        file.change(key) { entry in
            let known = entry?.size ?? .none
            let larger = known.union(size)
            guard larger.total > known.total + known.total / 20 else { return nil }
            return Entry(size: larger, loadSeconds: entry?.loadSeconds)
        }
    }

    /// A load took so long.
    func note(loadTime: Duration, for key: String) {
        file.change(key) { Entry(size: $0?.size ?? .none, loadSeconds: Double(loadTime.microseconds) / 1e6) }
    }

    /// Writes the file if something has changed.
    /// - Returns: why it could not be written.
    func save() -> String? { file.save() }
}
