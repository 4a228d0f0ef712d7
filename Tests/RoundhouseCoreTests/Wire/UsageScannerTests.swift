import RoundhouseCore
import Testing

@Suite struct UsageScannerTests {
    private func usage(_ text: String) -> TokenUsage? {
        var scanner = UsageScanner()
        Array(text.utf8).withUnsafeBytes { scanner.scan($0) }
        return scanner.usage
    }

    private func event<T>(_ text: String, _ body: (UnsafeRawBufferPointer) -> T) -> T {
        Array(text.utf8).withUnsafeBytes(body)
    }

    @Test(arguments: [
        (
            #"{"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}"#,
            TokenUsage(inputTokens: 3, outputTokens: 5)
        ),
        (#"{"usage":{"completion_tokens":5,"prompt_tokens":3}}"#, TokenUsage(inputTokens: 3, outputTokens: 5)),
        (
            "{\"usage\" : \n\t\r { \"prompt_tokens\" : 3 , \"completion_tokens\" :5}}",
            TokenUsage(inputTokens: 3, outputTokens: 5)
        ),
        (#"{"usage":{"input_tokens":7,"output_tokens":9}}"#, TokenUsage(inputTokens: 7, outputTokens: 9)),
        (#"{"usage":{"prompt_tokens":4,"total_tokens":4}}"#, TokenUsage(inputTokens: 4, outputTokens: 0)),
        (#"{"usage":{"completion_tokens":4}}"#, TokenUsage(inputTokens: 0, outputTokens: 4)),
        (
            #"{"usage":{"prompt_tokens":12,"prompt_tokens_details":{"cached_tokens":10},"completion_tokens":1}}"#,
            TokenUsage(inputTokens: 12, outputTokens: 1, cachedTokens: 10)
        ),
        (
            #"{"usage":{"completion_tokens_details":{"reasoning_tokens":2},"completion_tokens":6,"#
                + #""prompt_tokens_details":null,"prompt_tokens":1}}"#,
            TokenUsage(inputTokens: 1, outputTokens: 6)
        ),
        (
            #"{"a":{"b":{"usage":{"prompt_tokens":1,"completion_tokens":2}}}}"#,
            TokenUsage(inputTokens: 1, outputTokens: 2)
        ),
        (#"{"usage":{"prompt_tokens":0,"completion_tokens":0}}"#, TokenUsage(inputTokens: 0, outputTokens: 0)),
        (
            #"{"usage":{"prompt_tokens":999999999999999999,"completion_tokens":1}}"#,
            TokenUsage(inputTokens: 999_999_999_999_999_999, outputTokens: 1)
        ),
    ])
    func readsTheNamesThatEnginesUse(text: String, expected: TokenUsage) {
        #expect(usage(text) == expected)
    }

    @Test(arguments: ["\t", "\n", "\r\n", "\n    ", " \t"])
    func whiteSpaceMayStandOnBothSidesOfAColon(space: String) {
        let expected = TokenUsage(inputTokens: 3, outputTokens: 5, cachedTokens: 2)
        #expect(
            usage(#"{"usage":{"prompt_tokens":\#(space)3,"completion_tokens":\#(space)5,"cached_tokens":\#(space)2}}"#)
                == expected)
        #expect(
            usage(#"{"usage":{"prompt_tokens"\#(space):3,"completion_tokens"\#(space):5,"cached_tokens"\#(space):2}}"#)
                == expected)
    }

    @Test(arguments: [
        "", "{}", #"{"usage":null}"#, #"{"usage":{}}"#, #"{"usage":{"total_tokens":4}}"#,
        #"{"usage":[{"prompt_tokens":1}]}"#,
        #"{"usage":7,"prompt_tokens":1}"#, #"{"usages":{"prompt_tokens":1}}"#, #"{"Usage":{"prompt_tokens":1}}"#,
        #"{"my_usage":{"prompt_tokens":1}}"#, #"{"usage":{"prompt_tokens":1"#, #"{"usage":{"prompt_tokens":null}}"#,
        #"{"usage":{"prompt_tokens":"1"}}"#, #"{"usage":{"prompt_tokens":-1}}"#,
        #"{"usage":{"prompt_tokens":99999999999999999999}}"#,
        #"{"content":"\"usage\":{\"prompt_tokens\":1}"}"#,
        #"{"kind":"usage","prompt_tokens":1,"x":{"prompt_tokens":1}}"#,
        #"{"usage":"{","prompt_tokens":1}"#, #"usage:{"prompt_tokens":1}"#,
    ])
    func findsNothingWhereNothingIsReported(text: String) {
        #expect(usage(text) == nil)
    }

    @Test func theLastReportCounts() {
        #expect(
            usage(
                #"{"usage":{"prompt_tokens":1,"completion_tokens":1}} {"usage":null} "#
                    + #"{"usage":{"prompt_tokens":1,"completion_tokens":9}}"#
            )
                == TokenUsage(inputTokens: 1, outputTokens: 9))
        #expect(
            usage(#"{"usage":{"prompt_tokens":1,"completion_tokens":1}}{"usage":null}{"usage":{}}"#)
                == TokenUsage(inputTokens: 1, outputTokens: 1))
    }

    @Test func textCannotForgeAReport() throws {
        let forged = #"","usage":{"prompt_tokens":0,"completion_tokens":0},"x":""#
        let content = String(decoding: JSONText.quoted(forged), as: UTF8.self)
        let text = "{\"choices\":[{\"delta\":{\"content\":\(content)}}]}"
        _ = try FoundationJSON.value(Array(text.utf8))
        #expect(usage(text) == nil)
        #expect(
            usage(text + #"{"usage":{"prompt_tokens":2,"completion_tokens":3}}"#)
                == TokenUsage(inputTokens: 2, outputTokens: 3))
    }

    @Test func aReportThatIsTooLongIsGivenUpAndTheNextOneFound() {
        let long =
            "{\"usage\":{\"pad\":\"" + String(repeating: "x", count: 5000)
            + "\",\"prompt_tokens\":1,\"completion_tokens\":1}}"
        #expect(usage(long) == nil)
        #expect(
            usage(long + #"{"usage":{"prompt_tokens":4,"completion_tokens":2}}"#)
                == TokenUsage(inputTokens: 4, outputTokens: 2))
    }

    @Test func theKeyIsFoundWhereverItStands() {
        for before in 0...30 {
            let text = String(repeating: "e", count: before) + #""usage":{"prompt_tokens":1,"completion_tokens":2}"#
            #expect(usage(text) == TokenUsage(inputTokens: 1, outputTokens: 2), "behind \(before) bytes")
        }
        for start in ["\"", "\"u", "\"us", "\"usa", "\"usag", "\"usage", "\"\"", "usage", "\"usagusage"] {
            let text = start + #""usage":{"prompt_tokens":1,"completion_tokens":2}"#
            // Seven letters in front may make up a key of their own, whose last quote is the next one's first.
            if start != "\"usage" {
                #expect(usage(text) == TokenUsage(inputTokens: 1, outputTokens: 2), "behind \(start)")
            }
        }
    }

    @Test func readsOneEvent() {
        #expect(
            event("data: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n") { UsageScanner.usage(in: $0) }
                == TokenUsage(inputTokens: 1, outputTokens: 2))
        #expect(event("data: {\"choices\":[],\"usage\":null}\n\n") { UsageScanner.usage(in: $0) } == nil)
        #expect(event("") { UsageScanner.usage(in: $0) } == nil)
        #expect(event("data: [DONE]\n\n") { UsageScanner.usage(in: $0) } == nil)
    }

    @Test(arguments: [
        (#"data: {"choices":[],"usage":{"prompt_tokens":1}}"#, true), (#"{"usage":{},"choices" : [ ] }"#, true),
        ("{\"choices\":\n[\t]}", true), (#"{"choices":[{"index":0}],"usage":{"prompt_tokens":1}}"#, false),
        (#"{"usage":{"prompt_tokens":1}}"#, false), (#"{"choices":null}"#, false), (#"{"choices":{}}"#, false),
        (#"{"choices""#, false),
        (#"{"choices":["#, false), (#"{"content":"\"choices\":[]","choices":[{}]}"#, false), ("", false),
        (#"{"choice":[],"choicess":[]}"#, false),
    ])
    func onlyAnEventWithoutChoicesMayBeWithheld(text: String, expected: Bool) {
        #expect(event(text) { UsageScanner.isUsageOnlyChunk($0) } == expected)
    }
}
