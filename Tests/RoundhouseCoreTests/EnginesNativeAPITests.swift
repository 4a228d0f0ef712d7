import Foundation
import Testing

@testable import RoundhouseCore

/// What Ollama's answers mean; they are those of its documentation.
@Suite struct NativeAPITests {
    private let api = NativeAPI.ollama

    private func transcript(_ name: String) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: folder.appending(path: "Transcripts/ollama/\(name)")))
    }

    @Test func theListNamesWhatIsThere() throws {
        #expect(api.names(try transcript("tags.json")) == ["codellama:13b", "llama3:latest"])
        #expect(api.names(Array(#"{"models":null}"#.utf8)) == [])
        #expect(api.names(try transcript("error.json")) == nil)
        #expect(api.names(Array("<html>".utf8)) == nil)
    }

    @Test func whatIsLoadedHasItsSizeAndItsTime() throws {
        let loaded = try #require(api.loaded(try transcript("ps.json")))
        #expect(
            loaded == [
                NativeAPI.Loaded(
                    name: "mistral:latest", size: 5_137_025_024, sizeOnGPU: 5_137_025_024,
                    until: "2024-06-04T14:38:31.83753-07:00")
            ])
    }

    @Test func capabilitiesAndContextAreLearnt() throws {
        let details = try #require(api.details(try transcript("show.json")))
        #expect(details.capabilities == [.chat, .completion, .vision])
        #expect(details.contextLength == 131_072)
    }

    @Test func anOlderServerNamesNoCapabilities() throws {
        let text = String(decoding: try transcript("show.jsonc"), as: UTF8.self)
        let details = try #require(api.details(Array(text.replacing(/[ ]+\/\/ .*/, with: "").utf8)))
        #expect(details.capabilities == nil)
        #expect(details.contextLength == 8192)
    }

    @Test func wordsStandForCapabilities() throws {
        let expected: [String: CapabilitySet] = [
            #"["embedding"]"#: [.embeddings], #"["completion","tools","insert"]"#: [.chat, .completion, .tools],
        ]
        for (words, capabilities) in expected {
            #expect(try #require(api.details(Array(#"{"capabilities":\#(words)}"#.utf8))).capabilities == capabilities)
        }
        for words in [#"["thinking"]"#, "[]", "null"] {
            #expect(try #require(api.details(Array(#"{"capabilities":\#(words)}"#.utf8))).capabilities == nil)
        }
    }

    @Test(arguments: [
        ("llama3", "llama3:latest", true), ("llama3:8b", "llama3", false), ("me/llama3", "me/llama3:latest", true),
        ("host:5000/me/llama3", "host:5000/me/llama3:latest", true),
    ])
    func aTagMayBeLeftOut(one: String, other: String, isSame: Bool) {
        #expect(api.isSame(one, other) == isSame)
        #expect(api.isSame(other, one) == isSame)
    }

    @Test func whatIsMissingIsSaidWithWhatIsNear() throws {
        let names = try #require(api.names(try transcript("tags.json")))
        #expect(
            api.absence(of: "codelama:13b", among: names)
                == "The server has no model `codelama:13b`. It has `codellama:13b`. "
                + "Fetch it on its machine with `ollama pull codelama:13b`.")
        #expect(!api.absence(of: "qwen3", among: names).contains("It has"))
    }

    @Test(arguments: [
        (Residence.idle(.seconds(90)), 90), (.idle(.milliseconds(1500)), 2), (.forever, -1),
    ])
    func residenceIsToldInSeconds(residence: Residence, seconds: Int) throws {
        let body = try #require(api.residenceBody(model: "a\"b", residence).withUnsafeBytes { JSONValue($0) })
        #expect(body["keep_alive"]?.int == seconds)
        #expect(body["model"]?.string == "a\"b")
        #expect(body["prompt"] == nil)
    }

    @Test func itLiesBesideV1() {
        #expect(api.path("/api/ps", besides: "/v1") == "/api/ps")
        #expect(api.path("/api/ps", besides: "/ollama/v1") == "/ollama/api/ps")
        #expect(api.path("/api/ps", besides: "/ollama") == "/ollama/api/ps")
    }
}
