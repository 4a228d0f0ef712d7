import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct NameAuditTests {
    private func cloud(_ name: String, _ more: String = "") -> String {
        "name: \(name)\nbackend: openai\nendpoint: http://127.0.0.1:9\n\(more)\n"
    }

    @Test func namesBothPlacesOfADuplicateName() throws {
        let fixture = try Fixture(["models/a.yaml": cloud("x"), "models/b.yaml": "\n" + cloud("x")])
        let result = fixture.load()
        #expect(result.configuration == nil)
        let problem = try #require(result.problems.first { $0.severity == .error })
        #expect(problem.location?.file.hasSuffix("models/b.yaml") == true)
        #expect(problem.location?.line == 2)
        #expect(problem.message.contains("models/a.yaml:1"))
        #expect(problem.message.contains("the name `x` is already the name"))
    }

    @Test func findsAnAliasThatIsAnothersName() throws {
        let fixture = try Fixture(["models/a.yaml": cloud("x"), "models/b.yaml": cloud("y", "aliases: [x]")])
        let messages = fixture.load().problems.map(\.message)
        #expect(messages.contains { $0.contains("the alias `x` is already the name") })
    }

    @Test func findsTwoEqualAliasesInOneFile() throws {
        let text = cloud("x", "aliases: [z]") + "---\n" + cloud("y", "aliases: [z]")
        let result = try Fixture(["models/a.yaml": text]).load()
        #expect(result.configuration == nil)
        #expect(result.problems.contains { $0.message.contains("the alias `z` is already the alias") })
        #expect(result.problems.first?.location?.line == 6)
    }

    @Test func lettersOfAnotherCaseAreAnotherName() throws {
        let fixture = try Fixture(["models/a.yaml": cloud("x"), "models/b.yaml": cloud("X")])
        #expect(fixture.load().configuration?.models.map(\.name) == ["x", "X"])
    }
}
