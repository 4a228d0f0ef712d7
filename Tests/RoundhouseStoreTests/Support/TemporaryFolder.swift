import Foundation

/// A folder of its own for one test.
struct TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/rh-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func remove() throws { try FileManager.default.removeItem(atPath: path) }
}

/// Runs a test in a folder of its own, which is removed afterwards.
func withTemporaryFolder<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (TemporaryFolder) async throws -> Result
) async throws -> Result {
    let folder = try TemporaryFolder()
    let result: Result
    do {
        result = try await body(folder)
    } catch {
        try folder.remove()
        throw error
    }
    try folder.remove()
    return result
}
