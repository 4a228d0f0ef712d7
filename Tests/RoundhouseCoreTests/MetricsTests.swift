import Foundation
import Testing

@testable import RoundhouseCore

/// What a scraper reads from `/metrics`: every sample by its name and labels, as they are written.
struct Scrape {
    var samples: [String: Double] = [:]
    var families: [String: String] = [:]

    init(_ bytes: [UInt8]) throws {
        let text = try #require(String(validating: bytes, as: UTF8.self))
        #expect(text.hasSuffix("\n"))
        var family = ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP ") {
                family = words[2]
                #expect(families[family] == nil, "\(family) is there twice")
                #expect(words.count == 4 && !words[3].isEmpty)
            } else if line.hasPrefix("# TYPE ") {
                #expect(words[2] == family)
                families[family] = words[3]
            } else {
                let space = try #require(line.lastIndex(of: " "))
                let name = String(line[..<space])
                #expect(name.hasPrefix(family), "\(name) stands under \(family)")
                #expect(samples[name] == nil, "\(name) is there twice")
                samples[name] = try #require(Double(line[line.index(after: space)...]), "\(line)")
            }
        }
    }

    subscript(_ name: String) -> Double? { samples[name] }
}

@Suite struct MetricsHistogramTests {
    @Test(arguments: [HistogramBounds.answers, .tokens, .overhead])
    func boundsAscend(_ bounds: HistogramBounds) {
        #expect(zip(bounds.upper, bounds.upper.dropFirst()).allSatisfy { $0 < $1 })
        #expect(bounds.upper.allSatisfy { $0 > 0 })
    }

    @Test func aBoundBelongsToItsBucket() {
        let bounds = HistogramBounds([10, 20])
        #expect([0, 10, 11, 20, 21, 1_000_000].map(bounds.bucket) == [0, 0, 1, 1, 2, 2])
    }

    @Test func sumsAddUp() {
        var first = HistogramSet()
        var second = HistogramSet()
        first.count { $0.observe(.duration, 5000) }
        second.count {
            $0.observe(.duration, 5001)
            $0.observe(.queue, 1)
        }
        first.add(second)
        #expect(first[.duration].total == 2)
        #expect(first[.duration].sum == 10_001)
        #expect(first[.queue].total == 1)
        #expect(first[.load].total == 0)
    }
}

@Suite struct MetricsPrometheusTextTests {
    @Test(arguments: [
        ("plain", #"plain"#), ("a\"b", #"a\"b"#), ("a\\b", #"a\\b"#), ("a\nb", #"a\nb"#), ("日本", "日本"),
        (#"\n"#, #"\\n"#), (#""} 1"#, #"\"} 1"#),
    ])
    func labelsAreEscaped(_ value: String, _ written: String) {
        var text = PrometheusText()
        text.family(.openConnections)
        text.sample(MetricLabels([("l", value), ("k", "v")]), 1)
        #expect(
            String(decoding: text.bytes, as: UTF8.self)
                .hasSuffix("\nroundhouse_open_connections{l=\"\(written)\",k=\"v\"} 1\n"))
    }

    @Test func noLabelsNoBraces() {
        var text = PrometheusText()
        text.family(.openConnections)
        text.sample(.none, 12)
        #expect(String(decoding: text.bytes, as: UTF8.self).hasSuffix("\nroundhouse_open_connections 12\n"))
    }
}

@Suite struct MetricsGatewayTests {
    private func record(
        model: String? = "llama3", backend: String? = "llama-cpp", status: Int = 200,
        outcome: RequestRecord.Outcome = .ok
    ) -> RequestRecord {
        var record = RequestRecord()
        record.route = "POST /v1/chat/completions"
        record.model = model
        record.backend = backend
        record.status = status
        record.outcome = outcome
        record.durationMicroseconds = 2_000_000
        return record
    }

    private func scrape(_ metrics: GatewayMetrics, workers: [GatewayMetrics.WorkerGauge] = []) throws -> Scrape {
        try Scrape(metrics.render(readings(workers)))
    }

    private func readings(_ workers: [GatewayMetrics.WorkerGauge] = []) -> GatewayMetrics.Readings {
        var readings = GatewayMetrics.Readings()
        readings.workers = workers
        readings.residentBytes = 4096
        readings.droppedLogBytes = 3
        return readings
    }

    private let labels = #"{model="llama3",backend="llama-cpp""#

    private func requests(_ model: String, _ backend: String, _ status: Int, _ outcome: String) -> String {
        #"roundhouse_requests_total{route="POST /v1/chat/completions",model="\#(model)",backend="\#(backend)","#
            + #"status="\#(status)",outcome="\#(outcome)"}"#
    }

    @Test func anIdleGateway() throws {
        let scrape = try scrape(GatewayMetrics(shards: 2, version: "1.2.3", startedAt: 1_700_000_000))
        #expect(scrape[#"roundhouse_build_info{version="1.2.3"}"#] == 1)
        #expect(scrape["process_start_time_seconds"] == 1_700_000_000)
        #expect(scrape["process_resident_memory_bytes"] == 4096)
        #expect(scrape["roundhouse_open_connections"] == 0)
        #expect(scrape["roundhouse_access_log_dropped_bytes_total"] == 3)
        #expect(scrape.families["roundhouse_requests_total"] == "counter")
        #expect(scrape.families["roundhouse_overhead_seconds"] == "histogram")
    }

    @Test func memoryThatIsUnknownIsLeftOut() throws {
        let metrics = GatewayMetrics(shards: 1, version: "1", startedAt: 0)
        let scrape = try Scrape(metrics.render(GatewayMetrics.Readings()))
        #expect(scrape.families["process_resident_memory_bytes"] == nil)
        #expect(scrape["process_resident_memory_bytes"] == nil)
    }

    @Test func sharesAreAddedUp() throws {
        let metrics = GatewayMetrics(shards: 3, version: "1", startedAt: 0)
        for shard in metrics.shards {
            shard.connectionOpened()
            shard.connectionOpened()
            var answered = record()
            answered.usage.inputTokens = 10
            answered.usage.outputTokens = 4
            answered.usageSource = .provider
            answered.firstByteMicroseconds = 30_000
            answered.overheadMicroseconds = 90
            shard.record(answered)
        }
        metrics.shards[1].connectionClosed()
        metrics.shards[2].record(record(status: 502, outcome: .failed))
        let scrape = try scrape(metrics)
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

    @Test func aRequestWithoutAnAnswerHasADurationAndNoFirstByte() throws {
        let metrics = GatewayMetrics(shards: 1, version: "1", startedAt: 0)
        metrics.shards[0].record(record(status: 499, outcome: .cancelled))
        let scrape = try scrape(metrics)
        #expect(scrape["roundhouse_request_duration_seconds_count" + labels + "}"] == 1)
        for name in ["time_to_first_token", "queue", "load", "overhead"] {
            #expect(scrape["roundhouse_\(name)_seconds_count" + labels + "}"] == 0, "\(name)")
        }
    }

    @Test func estimatedTokensAreKeptApart() throws {
        let metrics = GatewayMetrics(shards: 1, version: "1", startedAt: 0)
        var estimated = record(outcome: .cut)
        estimated.usage.outputTokens = 7
        estimated.usageSource = .estimated
        metrics.shards[0].record(estimated)
        let scrape = try scrape(metrics)
        #expect(scrape["roundhouse_tokens_total" + labels + #",direction="output",source="estimated"}"#] == 7)
        #expect(scrape["roundhouse_tokens_total" + labels + #",direction="output",source="provider"}"#] == 0)
    }

    @Test func whatAClientMadeUpIsNoLabel() throws {
        let metrics = GatewayMetrics(shards: 1, version: "1", startedAt: 0)
        for index in 0..<1000 {
            var refused = record(model: nil, backend: nil, status: 404, outcome: .refused)
            refused.requestedModel = "made-up-\(index)"
            refused.requestID = "id-\(index)"
            refused.feature = "feature-\(index)"
            refused.key = "key-\(index)"
            refused.errorCode = "code-\(index)"
            metrics.shards[0].record(refused)
        }
        let scrape = try scrape(metrics)
        #expect(scrape[requests("", "", 404, "refused")] == 1000)
        let text = String(decoding: metrics.render(readings()), as: UTF8.self)
        for made in ["made-up", "id-", "feature-", "key-", "code-"] { #expect(!text.contains(made), "\(made)") }
    }

    @Test func bucketsNeverDescend() throws {
        let metrics = GatewayMetrics(shards: 1, version: "1", startedAt: 0)
        for exponent in 0..<10 {
            var answered = record()
            answered.stream = true
            answered.durationMicroseconds = Int(pow(10, Double(exponent)))
            answered.firstByteMicroseconds = answered.durationMicroseconds
            answered.overheadMicroseconds = answered.durationMicroseconds
            metrics.shards[0].record(answered)
        }
        let text = String(
            decoding: metrics.render(GatewayMetrics.Readings()), as: UTF8.self)
        for name in ["time_to_first_token", "request_duration", "queue", "load", "overhead"] {
            let counts = text.split(separator: "\n").filter { $0.hasPrefix("roundhouse_\(name)_seconds_bucket") }
                .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
            #expect(counts.count > 10)
            #expect(counts == counts.sorted())
            #expect(counts.last == 10)
        }
    }

    @Test func workers() throws {
        let metrics = GatewayMetrics(shards: 1, version: "1", startedAt: 0)
        let gauge = GatewayMetrics.WorkerGauge(
            model: "a \"b\"", state: "ready", active: 3, waiting: 2, restarts: 1)
        let scrape = try scrape(metrics, workers: [gauge])
        #expect(scrape[#"roundhouse_worker_state{model="a \"b\"",state="ready"}"#] == 1)
        #expect(scrape[#"roundhouse_worker_active_requests{model="a \"b\""}"#] == 3)
        #expect(scrape[#"roundhouse_worker_waiting_requests{model="a \"b\""}"#] == 2)
        #expect(scrape[#"roundhouse_worker_restarts_total{model="a \"b\""}"#] == 1)
    }

    @Test func limitsLedgerAndReloadAreShown() throws {
        let metrics = GatewayMetrics(shards: 1, version: "1", startedAt: 0)
        var limits = RateLimits()
        limits.requestsPerMinute = 2
        let book = LimitBook()
        let subject = book.subject(
            .team, "research", limits: limits, budget: BudgetLimit(amount: Money(units: 50), period: .month))
        var admission = Admission()
        let now = LimitTime(uptimeNanoseconds: 1, wallSeconds: 1_795_478_400)
        for _ in 0..<3 {
            do {
                try admission.admit(
                    key: nil, team: subject, estimate: LimitEstimate(input: 1, output: 1), cost: Money(units: 1),
                    now: now)
            } catch {
                #expect(error.limit == .requests)
            }
        }
        admission.settle(tokens: 2, cost: Money(units: 0.25), now: now)
        var readings = readings()
        readings.limits = book.all.map { GatewayMetrics.LimitGauge($0.reading(now: now)) }
        var ledger = GatewayMetrics.LedgerGauge()
        ledger.written = 7
        ledger.isFailing = true
        readings.ledger = ledger
        var reload = GatewayMetrics.ReloadGauge()
        reload.note(succeeded: true, at: 1000)
        reload.note(succeeded: false, at: 2000)
        readings.reload = reload
        let scrape = try Scrape(metrics.render(readings))
        func value(_ family: MetricFamily, _ part: String) -> Double? {
            scrape.samples.first { $0.key.hasPrefix(family.name) && $0.key.contains(part) }?.value
        }
        #expect(value(.limitHits, #"limit="requests""#) == 1)
        #expect(value(.limitAllowed, #"name="research""#) == 2)
        #expect(value(.budgetAllowed, "research") == 50)
        #expect(scrape[MetricFamily.ledgerWritten.name] == 7)
        #expect(scrape[MetricFamily.ledgerFailing.name] == 1)
        #expect(scrape[MetricFamily.reloadSuccess.name] == 0)
        #expect(scrape[MetricFamily.reloadTime.name] == 1000)
    }

    @Test func theSameCountsAreWrittenInTheSameOrder() {
        func rendered(_ order: [Int]) -> [UInt8] {
            let metrics = GatewayMetrics(shards: 1, version: "1", startedAt: 0)
            for index in order {
                metrics.shards[0].record(record(model: "m\(index)", status: 200 + index % 3))
            }
            return metrics.render(GatewayMetrics.Readings())
        }
        #expect(rendered(Array(0..<20)) == rendered((0..<20).reversed()))
    }

    @Test func countingFromManyTasksLosesNothing() async throws {
        let metrics = GatewayMetrics(shards: 2, version: "1", startedAt: 0)
        let record = record()
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
        let scrape = try scrape(metrics)
        #expect(scrape[requests("llama3", "llama-cpp", 200, "ok")] == 4000)
        #expect(scrape["roundhouse_open_connections"] == 0)
    }
}
