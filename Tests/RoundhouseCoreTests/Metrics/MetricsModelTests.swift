import Testing

@testable import RoundhouseCore

/// Tokens, money and times of models.
@Suite struct MetricsModelTests {
    private let labels = #"{model="llama3",backend="llama-cpp""#

    @Test func tokensByWhoCountedThem() throws {
        let metrics = GatewayMetrics.test()
        metrics.record(
            .test {
                $0.usage.inputTokens = 100
                $0.usage.cachedTokens = 60
                $0.usage.outputTokens = 20
                $0.usageSource = .provider
            },
            .test {
                $0.outcome = .cut
                $0.usage.inputTokens = 9
                $0.usage.outputTokens = 7
                $0.usageSource = .estimated
            })
        let scrape = try metrics.scrape()
        for (direction, source, count) in [
            ("input", "provider", 100.0), ("output", "provider", 20), ("input", "estimated", 9),
            ("output", "estimated", 7),
        ] {
            let name = "roundhouse_tokens_total\(labels),direction=\"\(direction)\",source=\"\(source)\"}"
            #expect(scrape[name] == count, "\(name)")
        }
        #expect(scrape["roundhouse_cached_tokens_total\(labels)}"] == 60)
    }

    @Test func audioCharactersAndImages() throws {
        let metrics = GatewayMetrics.test()
        for _ in 0..<3 {
            metrics.record(
                .test {
                    $0.usage.audioMilliseconds = 1500
                    $0.usage.characters = 11
                    $0.usage.images = 2
                })
        }
        let scrape = try metrics.scrape()
        #expect(scrape["roundhouse_audio_seconds_total\(labels)}"] == 4.5)
        #expect(scrape["roundhouse_characters_total\(labels)}"] == 33)
        #expect(scrape["roundhouse_images_total\(labels)}"] == 6)
    }

    @Test func costsByCurrency() throws {
        let metrics = GatewayMetrics.test(shards: 2)
        for (shard, amount, currency) in [
            (0, 1.5, "USD"), (1, 0.000000001, "USD"), (0, 2.0, "EUR"), (1, 3.0, "EUR"), (0, 4.0, "CHF"),
            (0, -5.0, "USD"),
        ] {
            metrics.shards[shard].record(
                .test {
                    $0.cost = Money(units: amount)
                    $0.currency = currency
                })
        }
        metrics.record(.test())
        let text = String(decoding: metrics.render(GatewayMetrics.Readings()), as: UTF8.self)
        #expect(text.contains("roundhouse_cost_total\(labels),currency=\"USD\"} 1.500000001\n"))
        #expect(text.contains("roundhouse_cost_total\(labels),currency=\"EUR\"} 5\n"))
        #expect(text.contains("roundhouse_cost_total\(labels),currency=\"CHF\"} 4\n"))
    }

    @Test func currenciesAreBounded() throws {
        let metrics = GatewayMetrics.test()
        for number in 0..<100 {
            metrics.record(
                .test {
                    $0.cost = Money(units: 1)
                    $0.currency = "C\(number)"
                })
        }
        let costs = try metrics.scrape().samples(of: "roundhouse_cost_total")
        #expect(costs.count < 20)
        #expect(costs.values.reduce(0, +) == 100)
        #expect(costs[#"roundhouse_cost_total{model="llama3",backend="llama-cpp",currency="other"}"#] == 83)
    }

    @Test func unpricedIsNotFree() throws {
        let metrics = GatewayMetrics.test()
        metrics.record(.test())
        #expect(try metrics.scrape().samples(of: "roundhouse_cost_total").isEmpty)
        metrics.record(
            .test {
                $0.cost = .zero
                $0.currency = "USD"
            })
        #expect(try metrics.scrape()["roundhouse_cost_total\(labels),currency=\"USD\"}"] == 0)
    }

    @Test func escalations() throws {
        let metrics = GatewayMetrics.test()
        metrics.record(.test(), .test { $0.escalated = true }, .test { $0.escalated = true })
        #expect(try metrics.scrape()["roundhouse_escalations_total\(labels)}"] == 2)
    }

    /// Streamed or not, status, outcome; tokens; whether it counts as a first token, and for the time of a token.
    @Test(arguments: [
        (true, 200, RequestRecord.Outcome.ok, 101 as Int?, 1, 1), (true, 200, .ok, 2, 1, 1), (true, 200, .ok, 1, 1, 0),
        (true, 200, .ok, nil, 1, 0), (true, 200, .cut, 101, 1, 0), (true, 499, .cancelled, 101, 1, 0),
        (true, 400, .ok, nil, 0, 0), (false, 200, .ok, 101, 0, 0),
    ])
    func timesOfTokens(
        _ stream: Bool, _ status: Int, _ outcome: RequestRecord.Outcome, _ tokens: Int?, _ first: Double, _ each: Double
    ) throws {
        let metrics = GatewayMetrics.test()
        metrics.record(
            .test {
                $0.stream = stream
                $0.status = status
                $0.outcome = outcome
                $0.usage.outputTokens = tokens
                $0.firstByteMicroseconds = 500_000
            })
        let scrape = try metrics.scrape()
        #expect(scrape["roundhouse_time_to_first_token_seconds_count\(labels)}"] == first)
        #expect(scrape["roundhouse_time_to_first_token_seconds_sum\(labels)}"] == first * 0.5)
        #expect(scrape["roundhouse_time_per_output_token_seconds_count\(labels)}"] == each)
        let time = tokens.map { $0 > 1 ? 1.5 / Double($0 - 1) : 0 } ?? 0
        #expect(scrape["roundhouse_time_per_output_token_seconds_sum\(labels)}"] == each * time)
        #expect(scrape["roundhouse_overhead_seconds_count\(labels)}"] == 1)
    }

    @Test func aRequestWithoutAnAnswerHasADurationAndNothingElse() throws {
        let metrics = GatewayMetrics.test()
        metrics.record(
            .test {
                $0.status = 499
                $0.outcome = .cancelled
                $0.stream = true
            })
        let scrape = try metrics.scrape()
        #expect(scrape["roundhouse_request_duration_seconds_count\(labels)}"] == 1)
        for name in ["time_to_first_token", "time_per_output_token", "queue", "load", "overhead"] {
            #expect(scrape["roundhouse_\(name)_seconds_count\(labels)}"] == 0, "\(name)")
        }
    }

    @Test func nonsenseFromAnUpstreamNeitherTrapsNorCountsDown() throws {
        let metrics = GatewayMetrics.test(shards: 2)
        let record = RequestRecord.test {
            $0.team = "a"
            $0.usageSource = .provider
            $0.usage.inputTokens = .max
            $0.usage.cachedTokens = .max
            $0.usage.outputTokens = .min
            $0.usage.audioMilliseconds = .max
            $0.cost = Money(billionths: .max)
            $0.currency = "USD"
            $0.firstByteMicroseconds = .max
            $0.stream = true
        }
        for shard in metrics.shards { for _ in 0..<3 { shard.record(record) } }
        let scrape = try metrics.scrape()
        #expect(scrape["roundhouse_tokens_total\(labels),direction=\"input\",source=\"provider\"}"] == Double(Int.max))
        #expect(scrape["roundhouse_tokens_total\(labels),direction=\"output\",source=\"provider\"}"] == 0)
        #expect(scrape[#"roundhouse_team_tokens_total{team="a",direction="input"}"#] == Double(Int.max))
    }
}
