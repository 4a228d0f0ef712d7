import Foundation
import Testing

@testable import RoundhouseCore

@Suite struct MetricsGatewayTests {
    private let labels = #"{model="llama3",backend="llama-cpp""#

    private func requests(_ model: String, _ backend: String, _ status: Int, _ outcome: String) -> String {
        #"roundhouse_requests_total{route="POST /v1/chat/completions",model="\#(model)",backend="\#(backend)","#
            + #"status="\#(status)",outcome="\#(outcome)"}"#
    }

    @Test func anIdleGateway() throws {
        var readings = GatewayMetrics.Readings()
        readings.residentBytes = 4096
        readings.droppedLogBytes = 3
        let scrape = try GatewayMetrics.test(shards: 2).scrape(readings)
        #expect(scrape[#"roundhouse_build_info{version="1.2.3"}"#] == 1)
        #expect(scrape["process_start_time_seconds"] == 1_700_000_000)
        #expect(scrape["process_resident_memory_bytes"] == 4096)
        #expect(scrape["roundhouse_open_connections"] == 0)
        #expect(scrape["roundhouse_access_log_dropped_bytes_total"] == 3)
        #expect(scrape.families["roundhouse_requests_total"] == "counter")
        #expect(scrape.families["roundhouse_overhead_seconds"] == "histogram")
        #expect(scrape.samples.count == 5)
    }

    @Test func sharesAreAddedUp() throws {
        let metrics = GatewayMetrics.test(shards: 3)
        for shard in metrics.shards {
            shard.connectionOpened()
            shard.connectionOpened()
            shard.record(
                .test {
                    $0.usage.inputTokens = 10
                    $0.usage.outputTokens = 4
                    $0.usageSource = .provider
                    $0.firstByteMicroseconds = 30_000
                    $0.overheadMicroseconds = 90
                })
        }
        metrics.shards[1].connectionClosed()
        metrics.shards[2].record(
            .test {
                $0.status = 502
                $0.outcome = .failed
            })
        let scrape = try metrics.scrape()
        #expect(scrape["roundhouse_open_connections"] == 5)
        #expect(scrape[requests("llama3", "llama-cpp", 200, "ok")] == 3)
        #expect(scrape[requests("llama3", "llama-cpp", 502, "failed")] == 1)
        #expect(scrape["roundhouse_tokens_total" + labels + #",direction="input",source="provider"}"#] == 30)
        #expect(scrape["roundhouse_tokens_total" + labels + #",direction="output",source="provider"}"#] == 12)
        #expect(scrape["roundhouse_request_duration_seconds_count" + labels + "}"] == 4)
        #expect(scrape["roundhouse_request_duration_seconds_sum" + labels + "}"] == 8)
        #expect(scrape["roundhouse_overhead_seconds_bucket" + labels + #",le="0.0001"}"#] == 3)
        #expect(scrape["roundhouse_overhead_seconds_bucket" + labels + #",le="5e-05"}"#] == 0)
    }

    @Test func everyDifferenceOfTheLabelsMakesAnotherSeries() throws {
        let metrics = GatewayMetrics.test()
        let changes: [(inout RequestRecord) -> Void] = [
            { _ in }, { $0.route = "POST /v1/embeddings" }, { $0.model = "other-model" }, { $0.backend = "openai" },
            { $0.status = 201 }, { $0.outcome = .cut }, { $0.model = nil }, { $0.backend = nil },
        ]
        for _ in 0..<2 { for change in changes { metrics.record(.test(change)) } }
        let counts = try metrics.scrape().samples(of: "roundhouse_requests_total")
        #expect(counts.count == changes.count)
        #expect(counts.values.allSatisfy { $0 == 2 })
    }

    @Test func teams() throws {
        let metrics = GatewayMetrics.test()
        for outcome in [RequestRecord.Outcome.ok, .ok, .refused, .failed, .cut, .cancelled] {
            metrics.record(
                .test {
                    $0.team = "research"
                    $0.outcome = outcome
                    $0.usage.inputTokens = 10
                    $0.usage.outputTokens = 3
                    $0.cost = Money(units: 0.5)
                    $0.currency = "USD"
                })
        }
        metrics.record(.test { $0.team = nil }, .test { $0.team = "b" })
        let scrape = try metrics.scrape()
        let team = #"{team="research""#
        for (outcome, count) in [("ok", 2.0), ("refused", 1), ("failed", 1), ("cut", 1), ("cancelled", 1)] {
            #expect(scrape["roundhouse_team_requests_total\(team),outcome=\"\(outcome)\"}"] == count)
        }
        #expect(scrape["roundhouse_team_tokens_total\(team),direction=\"input\"}"] == 60)
        #expect(scrape["roundhouse_team_tokens_total\(team),direction=\"output\"}"] == 18)
        #expect(scrape["roundhouse_team_cost_total\(team),currency=\"USD\"}"] == 3)
        #expect(scrape.samples(of: "roundhouse_team_requests_total").count == 10)
        #expect(scrape.samples(of: "roundhouse_team_cost_total").count == 1)
    }

    @Test func bucketsNeverDescend() throws {
        let metrics = GatewayMetrics.test()
        for exponent in 0..<10 {
            let time = Int(pow(10, Double(exponent)))
            metrics.record(
                .test {
                    $0.durationMicroseconds = time
                    $0.firstByteMicroseconds = time
                    $0.overheadMicroseconds = time
                    $0.stream = true
                    $0.usage.outputTokens = 2
                })
        }
        let scrape = try metrics.scrape()
        for kind in HistogramSet.Kind.allCases {
            let name = kind.family.name
            let counts = scrape.order.filter { $0.hasPrefix(name + "_bucket") }.compactMap { scrape[$0] }
            #expect(counts.count == kind.bounds.upper.count + 1)
            #expect(counts == counts.sorted())
            #expect(counts.last == 10)
            #expect(scrape["\(name)_count\(labels)}"] == 10)
        }
    }

    @Test func countersNeverDescend() throws {
        let metrics = GatewayMetrics.test(shards: 2)
        var random = SystemRandomNumberGenerator()
        var last: [String: Double] = [:]
        for _ in 0..<20 {
            for _ in 0..<50 {
                metrics.shards[Int.random(in: 0...1, using: &random)].record(
                    .test {
                        $0.model = "m\(Int.random(in: 0..<30, using: &random))"
                        $0.team = "t\(Int.random(in: 0..<30, using: &random))"
                        $0.status = Int.random(in: 200..<210, using: &random)
                        $0.usage.outputTokens = Int.random(in: -5..<50, using: &random)
                        $0.cost = Money(billionths: Int64.random(in: -5..<50, using: &random))
                        $0.currency = "USD"
                        $0.firstByteMicroseconds = Int.random(in: -5..<5_000_000, using: &random)
                        $0.stream = true
                    })
            }
            let scrape = try metrics.scrape()
            for (name, value) in last { #expect((scrape[name] ?? -1) >= value, "\(name)") }
            last = scrape.samples
        }
    }

    @Test func theSameCountsAreWrittenInTheSameOrder() {
        func rendered(_ order: [Int]) -> [UInt8] {
            let metrics = GatewayMetrics.test()
            for index in order {
                metrics.record(
                    .test {
                        $0.model = "m\(index)"
                        $0.team = "t\(index)"
                        $0.status = 200 + index % 3
                    })
            }
            return metrics.render(GatewayMetrics.Readings())
        }
        #expect(rendered(Array(0..<20)) == rendered((0..<20).reversed()))
    }

    @Test func countingFromManyTasksLosesNothing() async throws {
        let metrics = GatewayMetrics.test(shards: 2)
        let record = RequestRecord.test()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<500 {
                        metrics.shards[task % 2].connectionOpened()
                        metrics.shards[task % 2].record(record)
                        metrics.shards[task % 2].connectionClosed()
                    }
                }
            }
            group.addTask {
                for _ in 0..<20 { _ = metrics.render(GatewayMetrics.Readings()) }
            }
        }
        let scrape = try metrics.scrape()
        #expect(scrape[requests("llama3", "llama-cpp", 200, "ok")] == 4000)
        #expect(scrape["roundhouse_open_connections"] == 0)
    }
}
