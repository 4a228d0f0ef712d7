import Testing

@testable import RoundhouseCore

@Suite struct OllamaVectorsTests {
    private static let list =
        #"{"object":"list","model":"x","data":[{"index":1,"embedding":[0.50,-2e-05]},{"object":"embedding","index":0,"embedding":[ 1, 2 ]}],"usage":{"prompt_tokens":8,"total_tokens":8}}"#

    private func answered(_ shape: OllamaVectors.Shape, _ body: String) -> (
        text: String, translator: any AnswerTranslator
    ) {
        let make = { (clock: TickingClock) -> any AnswerTranslator in
            OllamaVectors(shape, model: "guide", clock: clock.read)
        }
        let found = OllamaTranscript.answered(make, [Array(body.utf8)])
        OllamaTranscript.expectSame(make, Array(body.utf8), found.text)
        return found
    }

    @Test func allOfThem() {
        let found = answered(.all, Self.list)
        #expect(
            found.text
                == #"{"model":"guide","embeddings":[[ 1, 2 ],[0.50,-2e-05]],"total_duration":1000000,"load_duration":0,"prompt_eval_count":8}"#
        )
        #expect(found.translator.usage == TokenUsage(inputTokens: 8, outputTokens: 0))
        #expect(found.translator.isWhole && found.translator.dataEvents == 1)
        #expect(found.translator.input == .object && found.translator.output == .object)
    }

    @Test func theOlderWayHasOne() {
        #expect(answered(.first, Self.list).text == #"{"embedding":[ 1, 2 ]}"#)
    }

    @Test(arguments: [
        (#"{"error":{"message":"too long"}}"#, "too long"), (#"{"error":"no"}"#, "no"),
        (#"{"data":[]}"#, "the engine's answer holds no list of numbers for each text"),
        (#"{"data":[{"embedding":"AAAA"}]}"#, "the engine's answer holds no list of numbers for each text"),
        (#"{"data":[{"embedding":[[1],[2]]}]}"#, "the engine's answer holds no list of numbers for each text"),
        (#"{"data":[7]}"#, "the engine's answer holds no list of numbers for each text"),
    ])
    func whatIsNone(_ body: String, _ failure: String) {
        let found = answered(.all, body)
        #expect(found.text.isEmpty && !found.translator.isWhole)
        #expect(found.translator.failure == failure)
    }

    @Test func anAnswerThatIsCutIsNotWhole() {
        let found = answered(.all, String(Self.list.dropLast(3)))
        #expect(found.text.isEmpty && !found.translator.isWhole && found.translator.failure == nil)
    }
}
