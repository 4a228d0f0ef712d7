import Testing

@testable import RoundhouseCore

/// The number of series has a bound, whatever comes in, and no count is lost over it.
@Suite struct MetricsCardinalityTests {
    private let most = MetricShard.labelSets

    @Test func whatAClientMadeUpIsNoLabel() throws {
        let metrics = GatewayMetrics.test()
        metrics.record(.test { $0.model = nil })
        let before = try metrics.scrape()
        for index in 0..<1000 {
            metrics.record(
                .test {
                    $0.model = nil
                    $0.requestedModel = "made-up-\(index)"
                    $0.requestID = "id-\(index)"
                    $0.feature = "feature-\(index)"
                    $0.key = "key-\(index)"
                    $0.errorCode = "code-\(index)"
                    $0.client = "10.0.0.\(index)"
                })
        }
        let after = try metrics.scrape()
        #expect(after.order == before.order)
        #expect(after.samples(of: "roundhouse_requests_total").values.first == 1001)
    }

    @Test func statusesAndModelsBeyondTheLimitShareASeries() throws {
        let metrics = GatewayMetrics.test()
        for _ in 0..<2 {
            for index in 0..<most + 500 {
                metrics.record(
                    .test {
                        $0.model = "model-\(index)"
                        $0.usage.outputTokens = 1
                        $0.usageSource = .provider
                    })
            }
        }
        let scrape = try metrics.scrape()
        let requests = scrape.samples(of: "roundhouse_requests_total")
        #expect(requests.count == most + 1)
        #expect(requests.values.reduce(0, +) == Double(2 * (most + 500)))
        let other = #"{route="other",model="other",backend="other",status="other",outcome="other"}"#
        #expect(requests["roundhouse_requests_total" + other] == 1000)
        let durations = scrape.samples(of: "roundhouse_request_duration_seconds_count")
        #expect(durations.count == most + 1)
        #expect(durations.values.reduce(0, +) == Double(2 * (most + 500)))
        #expect(durations[#"roundhouse_request_duration_seconds_count{model="other",backend="other"}"#] == 1000)
        #expect(scrape.samples(of: "roundhouse_tokens_total").values.reduce(0, +) == Double(2 * (most + 500)))
    }

    /// When there is no room for another combination of status and model, the model's own series still are its.
    @Test func aKnownModelIsCountedAsItselfAlsoWhenTheTableOfRequestsIsFull() throws {
        let metrics = GatewayMetrics.test()
        metrics.record(.test { $0.model = "known" })
        for status in 0..<most + 100 { metrics.record(.test { $0.status = status + 1000 }) }
        for _ in 0..<3 {
            metrics.record(
                .test {
                    $0.model = "known"
                    $0.status = 599
                })
        }
        let scrape = try metrics.scrape()
        let name = #"roundhouse_request_duration_seconds_count{model="known",backend="llama-cpp"}"#
        #expect(scrape[name] == 4)
        #expect(scrape.samples(of: "roundhouse_requests_total").values.reduce(0, +) == Double(most + 104))
    }

    @Test func teamsBeyondTheLimitShareASeries() throws {
        let metrics = GatewayMetrics.test()
        for index in 0..<most + 7 { metrics.record(.test { $0.team = "team-\(index)" }) }
        let scrape = try metrics.scrape()
        #expect(scrape.samples(of: "roundhouse_team_requests_total").count == (most + 1) * 5)
        #expect(scrape[#"roundhouse_team_requests_total{team="other",outcome="ok"}"#] == 7)
    }

    @Test func keysWithLimitsBeyondTheLimitShareTheirHits() throws {
        var readings = GatewayMetrics.Readings()
        readings.limits = (0..<most + 50).map { index in
            var gauge = GatewayMetrics.LimitGauge(kind: "key", name: "key-\(index)")
            gauge.limits.requestsPerMinute = 5
            gauge.refusals.requests = 1
            return gauge
        }
        var team = GatewayMetrics.LimitGauge(kind: "team", name: "zebra")
        team.limits.concurrent = 3
        readings.limits?.append(team)
        let scrape = try GatewayMetrics.test().scrape(readings)
        let hits = scrape.samples(of: "roundhouse_limit_hits_total")
        #expect(hits.count == most + 1)
        #expect(hits.values.reduce(0, +) == Double(most + 50))
        let name = #"roundhouse_limit_hits_total{kind="other",name="other",limit="requests",shadow="false"}"#
        #expect(hits[name] == 51)
        #expect(scrape.samples(of: "roundhouse_limit_allowed").count == most)
        #expect(scrape.samples(of: "roundhouse_limit_allowed", "zebra").count == 1)
    }
}
