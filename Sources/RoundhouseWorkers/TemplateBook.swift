public import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

/// Whether chat templates have a place for tools. That stands in weights behind the vocabulary, of which there are megabytes: what was
/// read once is kept until the file is another. Safe to call from any thread; reads files.
public final class TemplateBook: Sendable {
    /// What was found in a file.
    struct Entry: Codable, Equatable {
        /// Device, inode, size and time of the last change, by which another file under the same name is known.
        var file: [Int]
        /// nil if it cannot be told.
        var knowsTools: Bool?
    }

    private static let longestTemplate = 1 << 20
    private static let key = "tokenizer.chat_template"

    private let known: LearntFile<Entry>

    /// A book, and what its file says.
    /// - Parameter path: nil keeps it in memory only.
    public init(path: String?) {
        known = LearntFile(path: path)
    }

    /// What the templates say: every template that knows tools, or calls of them, names them. Without any, llama.cpp takes ChatML,
    /// which knows none. nil if it cannot be told.
    public func knowsTools(_ settings: LaunchSettings) -> Bool? {
        // A template, or its name, may be among the engine's own options.
        guard !settings.arguments.contains(where: { $0.hasPrefix("--chat-template") }) else { return nil }
        if let path = settings.chatTemplate {
            return WeightsFile.start(of: path, Self.longestTemplate).map(Self.namesTools)
        }
        guard let file = Self.identity(settings.weights) else { return nil }
        if let entry = known[settings.weights], entry.file == file { return entry.knowsTools }
        let knowsTools = Self.read(settings.weights)
        known.change(settings.weights) { _ in Entry(file: file, knowsTools: knowsTools) }
        return knowsTools
    }

    /// Writes the file if something has changed.
    /// - Returns: why it could not be written.
    public func save() -> String? { known.save() }

    private static func read(_ path: String) -> Bool? {
        guard case .header(let header) = WeightsFile.header(path, prefix: key, tensors: false) else { return nil }
        return header.texts.contains { $0.key.contains("tool") || $0.value.contains("tool") }
    }

    private static func namesTools(_ template: [UInt8]) -> Bool {
        String(decoding: template, as: UTF8.self).contains("tool")
    }

    private static func identity(_ path: String) -> [Int]? {
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        return [
            Int(truncatingIfNeeded: info.st_dev), Int(truncatingIfNeeded: info.st_ino), Int(info.st_size),
            info.st_mtim.tv_sec,
            info.st_mtim.tv_nsec,
        ]
    }
}
