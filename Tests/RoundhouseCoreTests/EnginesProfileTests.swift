import RoundhouseCore
import Testing

@Suite struct EngineProfileTests {
    @Test func namesAndSynonymsAreUnique() {
        let names = EngineProfile.all.flatMap { [$0.name] + $0.synonyms }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0 == $0.lowercased() })
    }

    @Test(arguments: [("llama", "llama-cpp"), ("LLAMA.CPP", "llama-cpp"), ("litellm", "openai")])
    func synonymsInAnyCaseFindTheirEngine(_ name: String, _ engine: String) {
        #expect(EngineProfile.named(name)?.name == engine)
    }

    @Test func onlyLaunchedEnginesHaveLaunchKeys() {
        for profile in EngineProfile.all { #expect(profile.canLaunch == !profile.launchKeys.isEmpty) }
        #expect(EngineProfile.named("unknown") == nil)
    }
}
