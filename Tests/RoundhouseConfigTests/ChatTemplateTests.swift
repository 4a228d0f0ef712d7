import RoundhouseConfig
import RoundhouseCore
import Testing

/// What comes of what a chat template says; what it says is TemplateBook's business.
@Suite struct ChatTemplateTests {
    private func load(knowsTools: Bool?, _ more: String = "") throws -> (Model, [String]) {
        let fixture = try Fixture.model("name: m\nbackend: llama-cpp\nparameters: {model: w.gguf}\n" + more)
        let result = fixture.load(knowsTools: { settings in
            settings.weights.hasSuffix("/models/w.gguf") ? knowsTools : nil
        })
        return (try #require(result.configuration?.models.first), result.problems.map(\.description))
    }

    @Test(arguments: [(true, true), (false, false), (nil, true)])
    func theTemplateSaysWhetherToolsWork(knowsTools: Bool?, works: Bool) throws {
        let (model, problems) = try load(knowsTools: knowsTools)
        #expect(model.capabilities.contains(.tools) == works)
        #expect(model.capabilities.isSuperset(of: [.chat, .completion]))
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test func toolsThatAreDeclaredAreBelievedWithAWarning() throws {
        let (model, problems) = try load(knowsTools: false, "capabilities: [chat, tools]\n")
        #expect(model.capabilities == [.chat, .tools])
        #expect(problems.count == 1 && problems[0].contains("knows no tools"), "\(problems)")
        #expect(try load(knowsTools: false, "capabilities: [chat]\n").1.isEmpty)
    }
}
