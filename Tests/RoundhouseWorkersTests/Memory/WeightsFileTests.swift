import Foundation
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

@Suite struct WeightsFileTests {
    private let gguf = EngineLaunch.Weights.file([".gguf"])

    private func problem(_ folder: TemporaryFolder, _ name: String, _ kind: EngineLaunch.Weights) -> String? {
        WeightsFile.problem(LaunchSettings(weights: folder.path + "/" + name), kind)
    }

    @Test func wholeWeightsHaveNoProblem() {
        #expect(WeightsFile.problem(LaunchSettings(weights: Built.weights), gguf) == nil)
        #expect(WeightsFile.problem(LaunchSettings(weights: "whatever"), .none) == nil)
    }

    /// Cut at a hundred places, in the header and behind it.
    @Test func cutWeightsAreFoundWhereverTheyAreCut() throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: Built.weights))
        try withTemporaryFolder { folder in
            let path = folder.path + "/cut.gguf"
            for step in 1..<100 {
                try whole.prefix(whole.count * step / 100).write(to: URL(fileURLWithPath: path))
                let problem = try #require(self.problem(folder, "cut.gguf", gguf), "cut at \(step) %")
                #expect(problem.contains("cut off") && problem.contains("download them again"))
            }
            try whole.dropLast().write(to: URL(fileURLWithPath: path))
            #expect(problem(folder, "cut.gguf", gguf)?.contains("cut off") == true)
            try whole.write(to: URL(fileURLWithPath: path))
            #expect(problem(folder, "cut.gguf", gguf) == nil)
        }
    }

    @Test(arguments: [
        ("", "are empty"), ("<!DOCTYPE html><html>", "is a web page"), ("PK\u{3}\u{4}zip", "no GGUF file"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
    ])
    func whatPeopleSaveInTheirPlaceIsNamed(_ content: String, _ message: String) throws {
        try withTemporaryFolder { folder in
            try folder.write(content, to: "a.gguf")
            #expect(problem(folder, "a.gguf", gguf)?.contains(message) == true)
            #expect(problem(folder, "gone.gguf", gguf)?.contains("not there any more") == true)
        }
    }

    @Test func partsOfSplitWeightsAreCounted() throws {
        try withTemporaryFolder { folder in
            try folder.write(TemporaryFolder.emptyGGUF, to: "m-00001-of-00003.gguf")
            try folder.write(TemporaryFolder.emptyGGUF, to: "m-00003-of-00003.gguf")
            #expect(problem(folder, "m-00001-of-00003.gguf", gguf)?.contains("m-00002-of-00003.gguf") == true)
            try folder.write(TemporaryFolder.emptyGGUF, to: "m-00002-of-00003.gguf")
            #expect(problem(folder, "m-00001-of-00003.gguf", gguf) == nil)
            let facts = WeightsFile.facts(LaunchSettings(weights: folder.path + "/m-00001-of-00003.gguf"))
            #expect(facts?.bytes == 72)
        }
        #expect(WeightsFile.parts(of: "/a-1-of-2.gguf") == ["/a-1-of-2.gguf"])
        #expect(WeightsFile.parts(of: "/a-00001-of-99999.gguf") == ["/a-00001-of-99999.gguf"])
    }

    @Test func foldersOfSafetensors() throws {
        try withTemporaryFolder { folder in
            let head = "\u{2}\0\0\0\0\0\0\0{}"
            let config = """
                {"num_hidden_layers": 4, "hidden_size": 64, "num_attention_heads": 8, "num_key_value_heads": 2,
                 "torch_dtype": "bfloat16", "vocab_size": 1000, "max_position_embeddings": 2048}
                """
            try folder.write(config, to: "m/config.json")
            try folder.write(head, to: "m/model-00001-of-00002.safetensors")
            try folder.write(
                #"{"metadata": {"total_size": 5000}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#,
                to: "m/model.safetensors.index.json")
            #expect(problem(folder, "m", .folder)?.contains("1 of 2 files of the weights") == true)
            try folder.write(head, to: "m/model-00002-of-00002.safetensors")
            #expect(problem(folder, "m", .folder) == nil)
            let facts = try #require(WeightsFile.facts(LaunchSettings(weights: folder.path + "/m")))
            #expect(
                facts.bytes == 5000 && facts.layers == 4 && facts.keysPerToken == 4 * 2 * 8 && facts.elementBytes == 2)
            try folder.write("\u{7f}\u{7f}\0\0\0\0\0\0{}", to: "m/model-00002-of-00002.safetensors")
            #expect(problem(folder, "m", .folder)?.contains("cut off") == true)
            try folder.write("short", to: "m/model-00002-of-00002.safetensors")
            #expect(problem(folder, "m", .folder)?.contains("cut off") == true)
            #expect(problem(folder, "gone", .folder)?.contains("not there any more") == true)
        }
    }

    @Test func factsOfRealWeights() throws {
        let facts = try #require(WeightsFile.facts(LaunchSettings(weights: Built.weights)))
        #expect(facts.layers != nil && facts.width != nil && facts.keysPerToken != nil && facts.vocabulary != nil)
        #expect(facts.bytes > 1 << 20)
    }
}
