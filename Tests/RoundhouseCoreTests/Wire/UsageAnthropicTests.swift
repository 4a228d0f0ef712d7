import RoundhouseCore
import Testing

/// Usage in answers of Anthropic's own, which pass through as they are.
@Suite struct UsageAnthropicTests {
    private func usage(_ texts: [String]) -> TokenUsage? {
        var scanner = UsageScanner()
        for text in texts { Array(text.utf8).withUnsafeBytes { scanner.scan($0) } }
        return scanner.usage
    }

    @Test(arguments: [
        (
            #"{"usage":{"input_tokens":10,"cache_creation_input_tokens":3,"cache_read_input_tokens":20,"output_tokens":5}}"#,
            TokenUsage(inputTokens: 33, outputTokens: 5, cachedTokens: 20)
        ),
        (
            #"{"usage":{"cache_read_input_tokens":20,"output_tokens":5,"input_tokens":10}}"#,
            TokenUsage(inputTokens: 30, outputTokens: 5, cachedTokens: 20)
        ),
        (
            #"{"usage":{"input_tokens":10,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":5,"service_tier":"standard"}}"#,
            TokenUsage(inputTokens: 10, outputTokens: 5, cachedTokens: 0)
        ),
        (
            #"{"usage":{"input_tokens":10,"cache_read_input_tokens":null,"output_tokens":5}}"#,
            TokenUsage(inputTokens: 10, outputTokens: 5)
        ),
        // OpenAI's counts contain the cache, also where a proxy adds Anthropic's names, and so does what the Responses API says.
        (
            #"{"usage":{"prompt_tokens":30,"completion_tokens":5,"cache_read_input_tokens":20,"prompt_tokens_details":{"cached_tokens":20}}}"#,
            TokenUsage(inputTokens: 30, outputTokens: 5, cachedTokens: 20)
        ),
        (
            #"{"usage":{"input_tokens":null,"prompt_tokens":5,"cache_read_input_tokens":2,"completion_tokens":1}}"#,
            TokenUsage(inputTokens: 5, outputTokens: 1, cachedTokens: 2)
        ),
        (
            #"{"usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":20},"output_tokens":5}}"#,
            TokenUsage(inputTokens: 30, outputTokens: 5, cachedTokens: 20)
        ),
        (
            #"{"usage":{"input_tokens":999999999999999999,"cache_read_input_tokens":999999999999999999,"output_tokens":1}}"#,
            TokenUsage(
                inputTokens: 1_999_999_999_999_999_998, outputTokens: 1, cachedTokens: 999_999_999_999_999_999)
        ),
    ])
    func inputContainsTheCache(text: String, expected: TokenUsage) {
        #expect(usage([text]) == expected)
    }

    private static let start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":25,"
        + "\"cache_creation_input_tokens\":5,\"cache_read_input_tokens\":70,\"output_tokens\":1}}}\n\n"

    @Test(arguments: [
        #"{"output_tokens":15}"#, #"{"output_tokens":15,"input_tokens":null}"#,
        #"{"input_tokens":25,"cache_creation_input_tokens":5,"cache_read_input_tokens":70,"output_tokens":15}"#,
        #"{"input_tokens":25,"output_tokens":15}"#,
    ])
    func aStreamTellsItsInputFirstAndItsOutputLast(last: String) {
        let stream =
            Self.start + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{},\"usage\":\(last)}\n\n"
        let expected = TokenUsage(inputTokens: 100, outputTokens: 15, cachedTokens: 70)
        #expect(usage([stream]) == expected)
        for cut in 0...stream.utf8.count {
            let (a, b) = (stream.utf8.prefix(cut), stream.utf8.dropFirst(cut))
            #expect(usage([String(decoding: a, as: UTF8.self), String(decoding: b, as: UTF8.self)]) == expected)
        }
    }

    @Test func whatALaterReportSaysCounts() {
        #expect(
            usage([Self.start, #"{"usage":{"input_tokens":30,"cache_read_input_tokens":0,"output_tokens":2}}"#])
                == TokenUsage(inputTokens: 35, outputTokens: 2, cachedTokens: 0))
        #expect(usage([Self.start]) == TokenUsage(inputTokens: 100, outputTokens: 1, cachedTokens: 70))
    }
}
