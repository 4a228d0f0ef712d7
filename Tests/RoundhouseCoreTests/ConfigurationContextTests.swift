import RoundhouseCore
import Testing

@Suite struct ConfigurationContextTests {
    private func context(_ profile: EngineProfile, _ change: (inout LaunchSettings) -> Void = { _ in }) -> Int? {
        var settings = LaunchSettings(weights: "/w")
        change(&settings)
        return Model(
            name: "m", profile: profile, source: SourceLocation(file: "m.yaml", line: 1), placement: .launched(settings)
        ).context
    }

    @Test func llamaCppHasTheDefaultOrWhatIsGivenInWholeBlocks() {
        #expect(context(.llamaCpp) == 4096)
        #expect(context(.llamaCpp) { $0.contextSize = 1000 } == 1024)
        #expect(context(.llamaCpp) { ($0.contextSize, $0.parallel) = (512, 4) } == 512)
    }

    @Test(arguments: [["--kv-unified"], ["-kvu"], ["--context-shift", "on"], ["--kv-unified=true"]])
    func argumentsThatChangeTheFigureMakeItUnknown(arguments: [String]) {
        #expect(context(.llamaCpp) { $0.arguments = arguments } == nil)
    }

    @Test func whereItIsNotGivenVLLMGoesByItsWeights() {
        #expect(context(.vllm) == nil)
        #expect(context(.vllm) { ($0.contextSize, $0.isContextSizeGiven) = (1000, true) } == 1000)
    }

    @Test func othersHaveNone() {
        #expect(context(.command) { $0.isContextSizeGiven = true } == nil)
        let attached = Model(
            name: "m", profile: .llamaCpp, source: SourceLocation(file: "m.yaml", line: 1), placement: .attached([]))
        #expect(attached.context == nil)
    }
}
