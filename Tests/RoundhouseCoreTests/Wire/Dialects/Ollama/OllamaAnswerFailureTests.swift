import Testing

@testable import RoundhouseCore

@Suite struct OllamaAnswerFailureTests {
    private static let start = #"{"choices":[{"index":0,"delta":{"content":"Hal"},"finish_reason":null}]}"#

    private func answered(_ chunks: [String], streams: Bool) -> (text: String, translator: any AnswerTranslator) {
        let make = { (clock: TickingClock) -> any AnswerTranslator in
            OllamaAnswer(.chat, model: "guide", streams: streams, clock: clock.read)
        }
        let bytes = OllamaTranscript.stream(chunks, done: false)
        let found = OllamaTranscript.answered(make, [bytes])
        OllamaTranscript.expectSame(make, bytes, found.text)
        return found
    }

    @Test(arguments: [true, false])
    func anAnswerThatIsCutIsNotWhole(streams: Bool) {
        let found = answered([Self.start], streams: streams)
        #expect(!found.translator.isWhole && found.translator.failure == nil)
        #expect(found.text.isEmpty == !streams)
        #expect(!found.text.contains(#""done":true"#))
    }

    @Test(arguments: [
        (#"{"error":{"message":"out of memory","code":500}}"#, "out of memory"), (#"{"error":"gone"}"#, "gone"),
        (#"{"error":{}}"#, "no explanation"),
        (#"{"choices":[{"delta":{},"finish_reason":"abort"}]}"#, "the engine was stopped in the middle of its answer"),
    ])
    func errorsInTheStream(_ chunk: String, _ message: String) {
        for streams in [true, false] {
            let found = answered(
                [Self.start, chunk, #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#], streams: streams)
            #expect(found.translator.failure == message)
            #expect(!found.translator.isWhole && !found.text.contains(#""done":true"#))
            let line = String(decoding: JSONText.quoted(message), as: UTF8.self)
            #expect(found.text.hasSuffix(#"{"error":\#(line)}"# + "\n") == streams)
        }
    }

    @Test(arguments: [#"{\"a\":"#, "7", #"{} x"#, "[]"])
    func argumentsThatAreNoObject(_ arguments: String) {
        let call =
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"now","arguments":""#
            + arguments + #""}}]},"finish_reason":"REASON"}]}"#
        let found = answered([call.replacing("REASON", with: "tool_calls")], streams: true)
        #expect(
            found.translator.failure
                == #"the model called the tool "now" with arguments that are no JSON object"#)
        #expect(
            found.text == #"{"error":"the model called the tool \"now\" with arguments that are no JSON object"}"#
                + "\n")
        // An answer that was cut may end anywhere.
        let cut = answered([call.replacing("REASON", with: "length")], streams: true)
        #expect(cut.translator.isWhole && cut.text.contains(#""done_reason":"length""#))
        #expect(!cut.text.contains("tool_calls"))
    }

    @Test func noiseIsSkipped() {
        let found = answered(["not json", "[]", #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#], streams: true)
        #expect(found.translator.isWhole)
        #expect(found.text.split(separator: "\n").count == 1)
    }

    @Test func errorsInOllamasShape() {
        let error = ErrorAnswer(404, "not_found", "model_not_found", "no model \"x\"")
        #expect(String(decoding: OllamaEmbeddings().body(of: error), as: UTF8.self) == #"{"error":"no model \"x\""}"#)
        let last = OllamaChat(clock: { 0 }).lastWords(error)
        #expect(String(decoding: last, as: UTF8.self) == #"{"error":"no model \"x\""}"# + "\n")
    }
}
