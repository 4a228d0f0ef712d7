extension PrometheusText {
    private typealias Gauge = GatewayMetrics.LimitGauge
    private typealias Rows = [(labels: MetricLabels, gauge: GatewayMetrics.LimitGauge)]

    /// Limits and budgets. Keys are as many as people make them: beyond a number of subjects, hits are shown together and
    /// the rest is left out.
    mutating func limits(_ all: [GatewayMetrics.LimitGauge]) {
        let gauges = all.sorted { (Self.order($0.kind), $0.name) < (Self.order($1.kind), $1.name) }
        var rows: Rows = gauges.prefix(MetricShard.labelSets).map { gauge in
            (MetricLabels([("kind", gauge.kind), ("name", gauge.name)]), gauge)
        }
        let rest = gauges.dropFirst(MetricShard.labelSets)
        hits(rows, rest)
        family(.limitAllowed)
        for (labels, gauge) in rows { amounts(labels, gauge.limits) { allowed, _ in allowed } }
        family(.limitUsed)
        for (labels, gauge) in rows { amounts(labels, gauge.limits) { _, path in gauge.used[keyPath: path] } }
        rows.removeAll { $0.gauge.budget == nil }
        budgets(rows)
    }

    /// Models and teams are few; what is left out, if anything, is keys.
    private static func order(_ kind: String) -> Int { kind == "key" ? 1 : 0 }

    /// A counter is there before the first hit, for every limit that can be met.
    private mutating func hits(_ rows: Rows, _ rest: ArraySlice<GatewayMetrics.LimitGauge>) {
        family(.limitHits)
        for (labels, gauge) in rows { hits(labels, gauge) }
        guard !rest.isEmpty else { return }
        var others = Gauge(kind: MetricLabels.other, name: MetricLabels.other)
        for gauge in rest {
            others.refusals.add(gauge.refusals)
            others.shadowRefusals.add(gauge.shadowRefusals)
        }
        hits(MetricLabels([("kind", others.kind), ("name", others.name)]), others)
    }

    private mutating func hits(_ labels: MetricLabels, _ gauge: GatewayMetrics.LimitGauge) {
        let limits = gauge.limits
        for (name, path, isSet) in [
            ("requests", \.requests, limits.requestsPerMinute != nil),
            ("tokens", \.tokens, limits.tokensPerMinute != nil),
            ("concurrent", \.concurrent, limits.concurrent != nil), ("budget", \.budget, gauge.budget != nil),
        ] as [(String, KeyPath<GatewayMetrics.LimitNumbers, Int>, Bool)] {
            for (shadow, numbers) in [(false, gauge.refusals), (true, gauge.shadowRefusals)] {
                let count = numbers[keyPath: path]
                guard count > 0 || (isSet && limits.shadow == shadow) else { continue }
                sample(labels.with("limit", name).with("shadow", shadow ? "true" : "false"), count)
            }
        }
    }

    private mutating func amounts(
        _ labels: MetricLabels, _ limits: RateLimits,
        _ value: (Int, KeyPath<GatewayMetrics.LimitNumbers, Int>) -> Int
    ) {
        if let allowed = limits.requestsPerMinute {
            sample(labels.with("limit", "requests"), value(allowed, \.requests))
        }
        if let allowed = limits.tokensPerMinute { sample(labels.with("limit", "tokens"), value(allowed, \.tokens)) }
        if let allowed = limits.concurrent { sample(labels.with("limit", "concurrent"), value(allowed, \.concurrent)) }
    }

    private mutating func budgets(_ rows: Rows) {
        let rows = rows.compactMap { labels, gauge in
            gauge.budget.map { budget in
                (labels.with("currency", budget.currency).with("period", budget.period.rawValue), gauge, budget)
            }
        }
        family(.budgetAllowed)
        for (labels, _, budget) in rows { sample(labels, budget.amount) }
        family(.budgetSpent)
        for (labels, gauge, _) in rows { sample(labels, gauge.spent) }
        family(.budgetReserved)
        for (labels, gauge, _) in rows { sample(labels, gauge.reserved) }
    }
}
