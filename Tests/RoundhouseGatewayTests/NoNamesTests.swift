import Foundation
import RoundhouseCore
import Testing

/// The gateway knows engines by their habits alone.
@Suite struct NoNamesTests {
    @Test func noEngineIsNamedInTheGateway() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/RoundhouseGateway")
        // `openai` is the dialect that the front speaks, `command` an everyday word.
        let names = EngineProfile.all.flatMap { [$0.name] + $0.synonyms }.filter {
            !["openai", "openai-compatible", "command", "custom"].contains($0)
        }
        #expect(names.count > 20)
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var read = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            read += 1
            let text = try String(contentsOf: file, encoding: .utf8).lowercased()
            for name in names { #expect(!text.contains(name), "\(file.lastPathComponent) names \(name)") }
        }
        #expect(read > 30)
    }
}
