import Testing

@testable import RoundhouseCore

@Suite struct OllamaListsTests {
    private static let guide: OllamaModel = {
        var model = OllamaModel(name: "guide", capabilities: [.chat, .completion, .vision, .tools])
        model.size = 4_661_224_676
        model.modifiedAt = 1_700_000_000_123_456_789
        model.format = "gguf"
        model.family = "llama"
        model.parameterSize = "8.0B"
        model.quantization = "Q4_K_M"
        model.contextLength = 8192
        return model
    }()
    private static let card =
        #"{"name":"guide:latest","model":"guide:latest","size":4661224676,"digest":"DIGEST","details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"8.0B","quantization_level":"Q4_K_M"}"#
        .replacing("DIGEST", with: "a067deb87e3ad4a7a27908d4d84107e99b5c7f396e6ed5e2d390095641a455de")

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func tags() {
        let other = OllamaModel(name: "e:8b", capabilities: [.embeddings])
        let text = text(OllamaLists.tags([Self.guide, other]))
        #expect(
            text.hasPrefix(
                #"{"models":["# + Self.card + #","modified_at":"2023-11-14T22:13:20.123456Z"},{"name":"e:8b","#))
        #expect(text.contains(#""family":"","families":[],"#))
        #expect(self.text(OllamaLists.tags([])) == #"{"models":[]}"#)
    }

    @Test func loaded() {
        let text = text(
            OllamaLists.loaded([
                .init(model: Self.guide, expiresAt: 1_700_000_300_000_000_000, sizeVRAM: 7),
                .init(model: OllamaModel(name: "a", capabilities: []), expiresAt: nil, sizeVRAM: 0),
            ]))
        #expect(
            text.hasPrefix(
                #"{"models":["# + Self.card
                    + #","expires_at":"2023-11-14T22:18:20.000000Z","size_vram":7,"context_length":8192},"#))
        #expect(text.hasSuffix(#","expires_at":"9999-12-31T23:59:59Z","size_vram":0,"context_length":0}]}"#))
    }

    @Test func show() {
        #expect(
            text(OllamaLists.show(Self.guide))
                == #"{"modelfile":"","parameters":"","template":"","details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"8.0B","quantization_level":"Q4_K_M"},"model_info":{"general.architecture":"llama","llama.context_length":8192},"capabilities":["completion","vision","tools"],"modified_at":"2023-11-14T22:13:20.123456Z"}"#
        )
        let plain = text(OllamaLists.show(OllamaModel(name: "e", capabilities: [.embeddings])))
        #expect(plain.contains(#""model_info":{},"capabilities":["embedding"]"#))
    }

    @Test func version() {
        #expect(text(OllamaLists.version("0.12.3")) == #"{"version":"0.12.3"}"#)
    }
}
