internal import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

/// Whether the chat template of a model has a place for tools.
enum ChatTemplates {
    private static let longestTemplate = 1 << 20
    private static let key = "tokenizer.chat_template"

    /// What the templates say: every template that knows tools, or calls of them, names them. Without any, llama.cpp takes ChatML,
    /// which knows none. nil if it cannot be told.
    static func knowTools(_ settings: LaunchSettings) -> Bool? {
        // A template, or its name, may be among the engine's own options.
        guard !settings.arguments.contains(where: { $0.hasPrefix("--chat-template") }) else { return nil }
        if let path = settings.chatTemplate {
            return start(of: path, longestTemplate).map { String(decoding: $0, as: UTF8.self).contains("tool") }
        }
        guard case .header(let header) = GGUFHeader.read(prefix: key, start: { start(of: settings.weights, $0) }) else {
            return nil
        }
        return header.texts.contains { $0.key.contains("tool") || $0.value.contains("tool") }
    }

    /// The first bytes of a file; nil if it cannot be read, which its engine will say better.
    private static func start(of path: String, _ size: Int) -> [UInt8]? {
        // Whatever stands there must not make this wait.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = read(file, buffer.baseAddress! + count, size - count)
                if got < 0, errno == EINTR { continue }
                failed = got < 0
                if got <= 0 { return }
                count += got
            }
        }
        return failed ? nil : bytes
    }
}
