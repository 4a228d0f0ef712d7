import Testing

@testable import RoundhouseCore

/// What is shown besides the counts of requests.
@Suite struct MetricsReadingsTests {
    /// One of everything.
    static let everything: GatewayMetrics.Readings = {
        var readings = GatewayMetrics.Readings()
        readings.workers = [
            GatewayMetrics.WorkerGauge(
                model: "a \"b\"", state: "ready", active: 3, waiting: 2, restarts: 1, memoryBytes: 1 << 30),
            GatewayMetrics.WorkerGauge(model: "far", state: "ready", active: 0, waiting: 0, restarts: 0),
        ]
        readings.endpoints = [
            GatewayMetrics.EndpointGauge(model: "big", endpoint: "gpu-1:8000", state: "open", active: 2, wait: 5)
        ]
        var team = GatewayMetrics.LimitGauge(kind: "team", name: "research")
        team.limits.requestsPerMinute = 60
        team.limits.tokensPerMinute = 1000
        team.limits.concurrent = 4
        team.budget = BudgetLimit(amount: Money(units: 25), period: .month, currency: "EUR")
        team.used = GatewayMetrics.LimitNumbers(requests: 5, tokens: 300, concurrent: 2)
        team.spent = Money(units: 1.25)
        team.reserved = Money(units: 0.5)
        team.refusals = GatewayMetrics.LimitNumbers(requests: 7, budget: 1)
        var shadow = GatewayMetrics.LimitGauge(kind: "key", name: "ci")
        shadow.limits.requestsPerMinute = 1
        shadow.limits.shadow = true
        shadow.shadowRefusals.requests = 9
        readings.limits = [shadow, team]
        var ledger = GatewayMetrics.LedgerGauge()
        ledger.written = 10
        ledger.waiting = 4
        ledger.dropped = 2
        ledger.lagSeconds = 0.25
        ledger.isFailing = true
        readings.ledger = ledger
        var reload = GatewayMetrics.ReloadGauge()
        reload.succeeded = false
        reload.succeededAt = 1_700_000_100
        reload.applied = 3
        reload.refused = 1
        readings.reload = reload
        readings.residentBytes = 4096
        readings.droppedLogBytes = 3
        readings.certificateExpiry = 1_800_000_000
        return readings
    }()

    @Test func everyFamilyOfTheTableIsThereOnceAndInItsOrder() throws {
        let scrape = try GatewayMetrics.test().scrape(Self.everything)
        #expect(scrape.families.count == MetricFamily.all.count)
        for family in MetricFamily.all {
            #expect(scrape.families[family.name] == family.kind.rawValue, "\(family.name)")
        }
        #expect(scrape.familyOrder == MetricFamily.all.map(\.name))
    }

    @Test func namesAreAsPrometheusWantsThem() {
        for family in MetricFamily.all {
            #expect(family.name.hasSuffix("_total") == (family.kind == .counter), "\(family.name)")
            #expect(family.name.allSatisfy { $0.isLowercase || $0 == "_" }, "\(family.name)")
            #expect(family.help.hasSuffix(".") && !family.help.contains("\n") && !family.help.contains("\\"))
        }
    }

    @Test func namesOfOpenTelemetry() {
        let names = MetricFamily.all.compactMap(\.openTelemetry)
        #expect(
            Set(names) == [
                "gen_ai.client.token.usage", "gen_ai.server.time_to_first_token", "gen_ai.server.time_per_output_token",
                "gen_ai.server.request.duration",
            ])
        #expect(names.count == 4)
    }

    @Test func whatIsUnknownIsLeftOut() throws {
        let scrape = try GatewayMetrics.test().scrape()
        #expect(scrape.samples.count == 3)
        for family: MetricFamily in [
            .residentMemory, .droppedLogBytes, .certificateExpiry, .workerState, .limitHits, .ledgerLag, .reloadSuccess,
        ] {
            #expect(scrape.families[family.name] == nil)
        }
    }

    @Test func endpoints() throws {
        let scrape = try GatewayMetrics.test().scrape(Self.everything)
        #expect(scrape[#"roundhouse_endpoint_state{model="big",endpoint="gpu-1:8000",state="open"}"#] == 1)
        #expect(scrape[#"roundhouse_endpoint_active_requests{model="big",endpoint="gpu-1:8000"}"#] == 2)
    }

    @Test func workers() throws {
        let scrape = try GatewayMetrics.test().scrape(Self.everything)
        #expect(scrape[#"roundhouse_worker_state{model="a \"b\"",state="ready"}"#] == 1)
        #expect(scrape[#"roundhouse_worker_active_requests{model="a \"b\""}"#] == 3)
        #expect(scrape[#"roundhouse_worker_waiting_requests{model="a \"b\""}"#] == 2)
        #expect(scrape[#"roundhouse_worker_restarts_total{model="a \"b\""}"#] == 1)
        #expect(scrape[#"roundhouse_worker_memory_bytes{model="a \"b\""}"#] == 1_073_741_824)
        #expect(scrape[#"roundhouse_worker_memory_bytes{model="far"}"#] == nil)
    }

    @Test func limits() throws {
        let scrape = try GatewayMetrics.test().scrape(Self.everything)
        let team = #"{kind="team",name="research""#
        #expect(
            scrape.samples(of: "roundhouse_limit_hits_total", team) == [
                "roundhouse_limit_hits_total\(team),limit=\"requests\",shadow=\"false\"}": 7,
                "roundhouse_limit_hits_total\(team),limit=\"tokens\",shadow=\"false\"}": 0,
                "roundhouse_limit_hits_total\(team),limit=\"concurrent\",shadow=\"false\"}": 0,
                "roundhouse_limit_hits_total\(team),limit=\"budget\",shadow=\"false\"}": 1,
            ])
        for (limit, allowed, used) in [("requests", 60.0, 5.0), ("tokens", 1000, 300), ("concurrent", 4, 2)] {
            #expect(scrape["roundhouse_limit_allowed\(team),limit=\"\(limit)\"}"] == allowed)
            #expect(scrape["roundhouse_limit_used\(team),limit=\"\(limit)\"}"] == used)
        }
        let budget = team + #",currency="EUR",period="month"}"#
        #expect(scrape["roundhouse_budget_allowed" + budget] == 25)
        #expect(scrape["roundhouse_budget_spent" + budget] == 1.25)
        #expect(scrape["roundhouse_budget_reserved" + budget] == 0.5)
    }

    @Test func hitsInShadow() throws {
        let scrape = try GatewayMetrics.test().scrape(Self.everything)
        let name = #"roundhouse_limit_hits_total{kind="key",name="ci",limit="requests",shadow="true"}"#
        #expect(scrape.samples(of: "roundhouse_limit_hits_total", "ci") == [name: 9])
        #expect(scrape.samples(of: "roundhouse_budget_allowed", "ci").isEmpty)
    }

    @Test func aHitOfALimitThatIsThereNoMoreStaysCounted() throws {
        var readings = GatewayMetrics.Readings()
        var gauge = GatewayMetrics.LimitGauge(kind: "model", name: "m")
        gauge.refusals.concurrent = 2
        readings.limits = [gauge]
        let name = #"roundhouse_limit_hits_total{kind="model",name="m",limit="concurrent",shadow="false"}"#
        #expect(try GatewayMetrics.test().scrape(readings).samples(of: "roundhouse_limit_hits_total") == [name: 2])
    }

    @Test func ledgerAndFiles() throws {
        let scrape = try GatewayMetrics.test().scrape(Self.everything)
        #expect(scrape["roundhouse_ledger_records_written_total"] == 10)
        #expect(scrape["roundhouse_ledger_records_dropped_total"] == 2)
        #expect(scrape["roundhouse_ledger_records_waiting"] == 4)
        #expect(scrape["roundhouse_ledger_lag_seconds"] == 0.25)
        #expect(scrape["roundhouse_ledger_failing"] == 1)
        #expect(scrape["roundhouse_escalation_audit_broken"] == 0)
        #expect(scrape["roundhouse_escalation_head_failing"] == 0)
        #expect(scrape["roundhouse_config_reload_success"] == 0)
        #expect(scrape["roundhouse_config_reload_success_timestamp_seconds"] == 1_700_000_100)
        #expect(scrape[#"roundhouse_config_reloads_total{result="applied"}"#] == 3)
        #expect(scrape[#"roundhouse_config_reloads_total{result="refused"}"#] == 1)
        #expect(scrape["roundhouse_tls_certificate_expiry_timestamp_seconds"] == 1_800_000_000)
    }

    @Test func aLimitBooksReading() throws {
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
        var readings = GatewayMetrics.Readings()
        readings.limits = book.all.map { GatewayMetrics.LimitGauge($0.reading(now: now)) }
        let scrape = try GatewayMetrics.test().scrape(readings)
        #expect(scrape.samples(of: "roundhouse_limit_hits_total", #"limit="requests""#).map(\.value) == [1])
        #expect(scrape.samples(of: "roundhouse_limit_used", #"limit="requests""#).map(\.value) == [2])
        #expect(scrape.samples(of: "roundhouse_budget_allowed", "research").map(\.value) == [50])
    }

    @Test func filesThatAreReadAgain() throws {
        var reload = GatewayMetrics.ReloadGauge()
        reload.note(succeeded: true, at: 1000)
        reload.note(succeeded: false, at: 2000)
        var readings = GatewayMetrics.Readings()
        readings.reload = reload
        let scrape = try GatewayMetrics.test().scrape(readings)
        #expect(scrape["roundhouse_config_reload_success"] == 0)
        #expect(scrape["roundhouse_config_reload_success_timestamp_seconds"] == 1000)
    }
}
