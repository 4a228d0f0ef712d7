import RoundhouseCore
import Testing

@Suite struct PromptFloorTests {
    private func floor(_ body: String) throws -> Int {
        try Array(body.utf8).withUnsafeBytes { PromptFloor.tokens(of: try RequestEnvelope.scan($0), in: $0) }
    }

    private static let hundred = String(repeating: "word ", count: 100)

    @Test(arguments: [
        (#"{"messages":[{"role":"user","content":"\#(hundred)"}]}"#, 25),
        (#"{"messages":[{"role":"system","content":"\#(hundred)"},{"content":"\#(hundred)","role":"tool"}]}"#, 50),
        (
            #"{"messages":[{"role":"user","content":[{"type":"text","text":"\#(hundred)"},{"text":"\#(hundred)"}]}]}"#,
            50
        ),
        (#"{"prompt":"\#(hundred)"}"#, 25),
        (#"{"prompt":["\#(hundred)","one two three four five six seven eight"]}"#, 25),
        (#"{"prompt":[1,2,3,4,5]}"#, 5),
        (#"{"prompt":[[1,2,3],[1,2,3,4]]}"#, 4),
        (#"{"prompt":"a1\n-\tb2\r\u00e9c3 d4"}"#, 1),
    ])
    func wordsAreCounted(body: String, tokens: Int) throws {
        #expect(try floor(body) == tokens)
    }

    /// Long tokens, scripts without spaces, and what chat templates may leave out.
    @Test(arguments: [
        #"{"messages":[{"role":"assistant","content":"\#(hundred)"}]}"#,
        #"{"messages":[{"role":"user","content":"","reasoning_content":"\#(hundred)","tool_calls":[{"text":"\#(hundred)"}]}]}"#,
        #"{"messages":[{"content":"\#(hundred)"}]}"#,
        #"{"messages":[{"role":"user","content":"\#(hundred)","content":"x"}]}"#,
        #"{"messages":[{"role":"user","content":"\#(String(repeating: " ", count: 4000))"}]}"#,
        #"{"messages":[{"role":"user","content":"\#(String(repeating: "= ", count: 4000))"}]}"#,
        #"{"messages":[{"role":"user","content":"\#(String(repeating: "東京へ ", count: 4000))"}]}"#,
        #"{"messages":[{"role":"user","content":"\#(String(repeating: "a", count: 4000))"}]}"#,
        #"{"messages":[{"role":"user","content":"\#(String(repeating: "\\u0041", count: 400))"}]}"#,
        #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"\#(hundred)"}}]}]}"#,
        #"{"messages":"\#(hundred)"}"#, #"{"messages":[1,null,[],"\#(hundred)"]}"#, #"{"messages":[]}"#,
        #"{"prompt":null}"#, #"{"prompt":[]}"#,
        #"{"input":"\#(hundred)"}"#, #"{"tools":["\#(hundred)"],"messages":[{"role":"user","content":"x"}]}"#,
        #"{"truncate_prompt_tokens":5,"prompt":"\#(hundred)"}"#,
    ])
    func whatMayTakeFewTokensCountsAsNothing(body: String) throws {
        #expect(try floor(body) == 0)
    }

    /// A body that is not worth it has not the bytes for so many words.
    @Test func theComparisonNeverSparesAPromptThatIsTooLong() throws {
        for context in [0, 1, 7, 64, 1000] {
            let words = String(repeating: "a ", count: 4 * (context + 1)).dropLast()
            let body = #"{"prompt":"\#(words)"}"#
            #expect(try floor(body) == context + 1)
            #expect(PromptFloor.isWorthCounting(body.utf8.count, context: context))
        }
        #expect(!PromptFloor.isWorthCounting(32_000, context: 4096))
    }
}
