import RoundhouseCore
import Testing

@Suite struct UsageScannerFuzzTests {
    private func usage(_ pieces: [[UInt8]]) -> TokenUsage? {
        var scanner = UsageScanner()
        for piece in pieces { piece.withUnsafeBytes { scanner.scan($0) } }
        return scanner.usage
    }

    @Test func aReportIsFoundInAnyTwoPieces() {
        let bytes = Array(
            #"{"choices":[],"usage" : {"prompt_tokens":31,"completion_tokens":47,"d":{"cached_tokens":5}}}"#
                .utf8)
        let expected = TokenUsage(inputTokens: 31, outputTokens: 47, cachedTokens: 5)
        for cut in 0...bytes.count {
            #expect(usage([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "cut at \(cut)")
        }
        #expect(usage(bytes.map { [$0] }) == expected, "byte by byte")
    }

    /// Bytes that are full of beginnings of what is looked for.
    @Test(arguments: [51, 52, 53] as [UInt64])
    func anyPiecesGiveWhatOnePieceGives(seed: UInt64) {
        var random = SeededRandom(seed)
        let parts = [
            "\"usage\"", "\"usage\":{", "\"usage\":{\"prompt_tokens\":5}", "\"usag", "\"us", "\"", "e\"", "usage\"",
            ":", "{", "}", "{}", " ", "\n", "null,",
            "\"prompt_tokens\":7", "\"completion_tokens\":", "12", "3,", "\"usage\":{\"prompt_tokens\":", "x",
            "\\\"usage\\\"", "aaaaaaa",
        ]
        var found = 0
        for _ in 0..<500 {
            let bytes = (0..<random.below(24)).flatMap { _ in Array(random.pick(parts).utf8) }
            let whole = usage([bytes])
            if whole != nil { found += 1 }
            let pieces = random.pieces(of: bytes, longest: random.pick([1, 3, 9, 30]))
            #expect(usage(pieces) == whole, "\(pieces.map { String(decoding: $0, as: UTF8.self) })")
        }
        #expect(found > 20)
    }

    /// Whole answers: the report stands somewhere among other fields, whose texts try to look like one.
    @Test(arguments: [61, 62] as [UInt64])
    func theReportOfAnAnswerIsFoundWhateverElseItSays(seed: UInt64) throws {
        var generator = JSONGenerator(seed: seed)
        for _ in 0..<150 {
            let (input, output) = (generator.random.below(100_000), generator.random.below(5000))
            let lie = String(
                decoding: JSONText.quoted("\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}"), as: UTF8.self)
            var members: [(key: String, json: String)] = [
                ("choices", "[\(lie)]"), ("id", "\"usage\""), ("a", generator.value(depth: 3)),
                ("b", generator.value(depth: 3)),
                (
                    "usage",
                    generator.object([
                        ("total_tokens", "\(input + output)"), ("prompt_tokens", "\(input)"),
                        ("completion_tokens", "\(output)"),
                    ])
                ),
            ]
            members.shuffle(using: &generator.random)
            let text = generator.object(members)
            let object = try #require(FoundationJSON.object(text))
            let expected = try #require(object["usage"] as? [String: Any])
            let found = usage(generator.random.pieces(of: Array(text.utf8), longest: 40))
            try #require(found?.inputTokens == expected["prompt_tokens"] as? Int, "\(text)")
            try #require(found?.outputTokens == expected["completion_tokens"] as? Int, "\(text)")
        }
    }
}
