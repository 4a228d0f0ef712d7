import Foundation

/// A folder of its own for one test, short enough for sockets.
struct TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/rh-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A whole GGUF file of version 3, with nothing in it.
    static let emptyGGUF = "GGUF\u{3}\0\0\0" + String(repeating: "\0", count: 16)

    func remove() throws { try FileManager.default.removeItem(atPath: path) }

    func makeFolder(_ name: String) throws -> String {
        let made = path + "/" + name
        try FileManager.default.createDirectory(atPath: made, withIntermediateDirectories: true)
        return made
    }

    /// Writes a file, and the folders that it lies in.
    @discardableResult
    func write(_ text: String, to name: String, mode: Int = 0o644) throws -> String {
        let file = path + "/" + name
        let folder = (file as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }
}

/// Runs a test in a folder of its own, which is removed afterwards.
func withTemporaryFolder(_ body: (TemporaryFolder) throws -> Void) throws {
    let folder = try TemporaryFolder()
    do {
        try body(folder)
    } catch {
        try folder.remove()
        throw error
    }
    try folder.remove()
}

/// The whole of a file, also of one in /proc, which has no size; nil if it cannot be opened.
func contents(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece.prefix(count) }
    return String(decoding: bytes, as: UTF8.self)
}
