import Testing

@testable import RoundhouseCore

@Suite struct LimitsHeadersTests {
    private func text(room: Int = 1024, _ write: (inout TextWriter) -> Void) -> String {
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { memory in
            var writer = TextWriter(memory)
            write(&writer)
            return String(decoding: memory[..<writer.count], as: UTF8.self)
        }
    }

    @Test(
        arguments: [
            (0, "0s"), (1, "1ms"), (20_000_000, "20ms"), (19_000_001, "20ms"), (999_000_000, "999ms"),
            (999_000_001, "1s"), (1_000_000_000, "1s"), (1_500_000_000, "1.5s"), (1_001_000_000, "1.001s"),
            (8_640_000_000, "8.64s"), (59_990_000_000, "59.99s"), (60_000_000_000, "1m0s"), (60_250_000_000, "1m0.25s"),
            (61_000_000_000, "1m1s"), (360_000_000_000, "6m0s"), (-5, "0s"),
        ] as [(Int64, String)])
    func durationsAreWrittenAsOpenAIDoes(_ nanoseconds: Int64, _ written: String) {
        #expect(text { $0.duration(nanoseconds: nanoseconds) } == written)
    }

    @Test func sixLinesOfWhatIsLeft() throws {
        let key = LimitSubject(.key, "k", limits: rates(requests: 120, tokens: 10_000))
        let held = try ask(key, tokens: 700, at: 10.75).get()
        let written = text { held.headers.write(to: &$0) }
        #expect(
            written == """
                x-ratelimit-limit-requests: 120\r
                x-ratelimit-remaining-requests: 119\r
                x-ratelimit-reset-requests: 1m0.25s\r
                x-ratelimit-limit-tokens: 10000\r
                x-ratelimit-remaining-tokens: 9300\r
                x-ratelimit-reset-tokens: 1m0.25s\r

                """)
        #expect(held.headers.pairs.map { "\($0.name): \($0.value)\r\n" }.joined() == written)
    }

    @Test func theTightestLimitSpeaks() throws {
        let key = LimitSubject(.key, "k", limits: rates(requests: 100, tokens: 50))
        let team = LimitSubject(.team, "t", limits: rates(requests: 1000, tokens: 60))
        let model = LimitSubject(.model, "m", limits: rates(requests: 100))
        for _ in 0..<950 { ask(team).held?.settle(tokens: nil) }
        let held = try ask(key, team, model, tokens: 20, at: 1).get()
        #expect(held.headers.requests?.limit == 1000)
        #expect(held.headers.requests?.remaining == 49)
        #expect(held.headers.tokens?.limit == 50)
        #expect(held.headers.tokens?.remaining == 30)
    }

    @Test func aRefusalTellsWhatIsLeftEverywhere() throws {
        let key = LimitSubject(.key, "k", limits: rates(requests: 2))
        let team = LimitSubject(.team, "t", limits: rates(tokens: 100))
        for _ in 0..<2 { ask(key, team, tokens: 10).held?.settle(tokens: 10) }
        let refusal = try #require(ask(key, team, tokens: 10, at: 0.5).refusal)
        #expect(refusal.headers.requests?.remaining == 0)
        #expect(refusal.headers.requests?.resetNanoseconds == 60_500_000_000)
        #expect(refusal.headers.tokens?.remaining == 80)
    }

    @Test func whatIsBeyondTheLimitIsNothingLeft() throws {
        let key = LimitSubject(.key, "k", limits: rates(tokens: 100))
        try ask(key, tokens: 10).get().settle(tokens: 500)
        #expect(try #require(ask(key, tokens: 10).refusal).headers.tokens?.remaining == 0)
    }

    @Test func limitsThatAreNotThereHaveNoHeaders() throws {
        let key = LimitSubject(.key, "k", limits: rates(concurrent: 5), budget: .daily(1))
        #expect(try ask(key).get().headers.pairs.isEmpty)
        #expect(text { RateLimitHeaders().write(to: &$0) }.isEmpty)
        let tokens = LimitSubject(.key, "k", limits: rates(tokens: 5))
        let headers = try ask(tokens).get().headers
        #expect(
            headers.pairs.map(\.name) == [
                "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
            ])
        #expect(headers.pairs.map(\.value) == ["5", "5", "0s"])
    }
}
