import RoundhouseCore
import Testing

@Suite struct EngineProfileTests {
    @Test func namesAndSynonymsAreUnique() {
        let names = EngineProfile.all.flatMap { [$0.name] + $0.synonyms }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0 == $0.lowercased() })
    }

    @Test(arguments: [
        ("llama", "llama-cpp"), ("LLAMA.CPP", "llama-cpp"), ("litellm", "openai"), ("cloud-proxy", "openai"),
        ("tgi", "openai"), ("sglang", "openai"), ("stablediffusion", "diffusers"), ("whisper-cpp", "whisper"),
        ("sentencetransformers", "sentence-transformers"), ("huggingface-embeddings", "sentence-transformers"),
    ])
    func synonymsInAnyCaseFindTheirEngine(_ name: String, _ engine: String) {
        #expect(EngineProfile.named(name)?.name == engine)
    }

    @Test func unknownNamesAreNoEngine() {
        #expect(EngineProfile.named("unknown") == nil)
    }

    @Test(arguments: EngineProfile.all.filter(\.canLaunch))
    func whatIsSetByRoundhouseIsReserved(_ profile: EngineProfile) throws {
        let launch = try #require(profile.launch)
        let set = launch.arguments.filter { $0.hasPrefix("-") } + launch.options.values
        for option in set { #expect(launch.reserved[option] != nil, "\(profile.name) \(option)") }
        for key in launch.options.keys where key != "parameters.model" {
            #expect(launch.keys.contains(key), "\(profile.name) \(key)")
        }
    }

    @Test(arguments: EngineProfile.all)
    func everyEngineCanDoSomething(_ profile: EngineProfile) {
        #expect(!profile.capabilities.isEmpty)
        #expect(profile.readinessPath.hasPrefix("/"))
    }
}
