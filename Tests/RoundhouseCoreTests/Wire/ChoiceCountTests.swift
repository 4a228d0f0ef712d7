import RoundhouseCore
import Testing

@Suite struct ChoiceCountTests {
    @Test(arguments: [
        (#""prompt":"a""#, 1, 1), (#""prompt":["a","b"]"#, 2, 2), (#""prompt":[1,2,3]"#, 1, 1),
        (#""prompt":[[1],[2,3],"c"],"n":2"#, 3, 6), (#""messages":[],"n":4"#, 1, 4), (#""n":0"#, 1, 1),
        (#""n":-3"#, 1, 1),
        (#""n":"x""#, 1, 1), (#""n":null"#, 1, 1), (#""prompt":[]"#, 1, 1),
    ])
    func answersAreCounted(_ fields: String, _ prompts: Int, _ choices: Int) throws {
        let count = try Array("{\(fields)}".utf8).withUnsafeBytes { ChoiceCount(try RequestEnvelope.scan($0), in: $0) }
        #expect(count.prompts == prompts && count.choices == choices)
        let usage = count.scaled(TokenUsage(inputTokens: 5, outputTokens: 7, cachedTokens: 2))
        #expect(usage == TokenUsage(inputTokens: 5 * prompts, outputTokens: 7 * choices, cachedTokens: 2 * prompts))
    }
}
