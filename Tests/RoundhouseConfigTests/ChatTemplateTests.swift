import Foundation
import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct ChatTemplateTests {
    /// A GGUF file whose header has these texts.
    private func weights(_ texts: [String: String], padding: Int = 0) -> Data {
        func little(_ number: UInt64, _ bytes: Int) -> Data {
            Data((0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) })
        }
        func text(_ text: String) -> Data { little(UInt64(text.utf8.count), 8) + Data(text.utf8) }
        let all = [("general.padding", String(repeating: "x", count: padding))] + texts.sorted { $0.key < $1.key }
        return all.reduce(Data("GGUF".utf8) + little(3, 4) + little(0, 8) + little(UInt64(all.count), 8)) {
            $0 + text($1.0) + little(8, 4) + text($1.1)
        }
    }

    private func load(_ weights: Data, _ more: String = "", template: String = "") throws -> (Model, [String]) {
        let yaml = "name: m\nbackend: llama-cpp\nparameters: {model: w.gguf}\n" + more
        let fixture = try Fixture(["models/a.yaml": yaml, "models/t.jinja": template])
        try fixture.write("models/w.gguf", weights)
        let result = fixture.load()
        return (try #require(result.configuration?.models.first), result.problems.map(\.description))
    }

    private static let key = "tokenizer.chat_template"

    @Test(arguments: [
        ([key: "{% if tools %}"], true), ([key: "{{ messages }}"], false), ([key: "x", key + ".tool_use": "y"], true),
        ([:], false),
    ])
    func theWeightsSayWhetherToolsWork(texts: [String: String], works: Bool) throws {
        let (model, problems) = try load(weights(texts))
        #expect(model.capabilities.contains(.tools) == works)
        #expect(model.capabilities.isSuperset(of: [.chat, .completion]))
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test func aLongVocabularyBeforeTheTemplateIsReadOver() throws {
        #expect(
            try load(weights([Self.key: "{{ messages }}"], padding: 3 << 20)).0.capabilities.contains(.tools) == false)
        #expect(try load(weights([Self.key: "{{ tools }}"], padding: 3 << 20)).0.capabilities.contains(.tools))
    }

    @Test func aTemplateOfItsOwnCountsInPlaceOfTheWeights() throws {
        #expect(
            try load(weights([:]), "chat_template: t.jinja\n", template: "{{ tools }}").0.capabilities.contains(.tools))
        let (model, _) = try load(
            weights([Self.key: "{{ tools }}"]), "chat_template: t.jinja\n", template: "{{ messages }}")
        #expect(!model.capabilities.contains(.tools))
    }

    @Test func whereItCannotBeToldToolsAreLeftToTheEngine() throws {
        #expect(try load(Data("weights".utf8)).0.capabilities.contains(.tools))
        #expect(try load(weights([:]).dropLast(4)).0.capabilities.contains(.tools))
        #expect(try load(weights([:]), "args: [--chat-template, chatml]\n").0.capabilities.contains(.tools))
    }

    @Test func toolsThatAreDeclaredAreBelievedWithAWarning() throws {
        let (model, problems) = try load(weights([:]), "capabilities: [chat, tools]\n")
        #expect(model.capabilities == [.chat, .tools])
        #expect(problems.count == 1 && problems[0].contains("knows no tools"), "\(problems)")
        #expect(try load(weights([:]), "capabilities: [chat]\n").1.isEmpty)
    }
}
