extension PrometheusText {
    /// What requests have been counted.
    mutating func totals(_ totals: MetricTotals) {
        family(.requestCount)
        for (labels, count) in totals.requests { sample(labels, count) }
        teams(totals.teams)
        usage(totals.models)
        for kind in HistogramSet.Kind.allCases {
            family(kind.family)
            for (labels, series) in totals.models { histogram(labels, series.histograms[kind]) }
        }
    }

    private mutating func teams(_ rows: [(labels: MetricLabels, series: TeamSeries)]) {
        family(.teamRequests)
        for (labels, series) in rows {
            for (outcome, count) in series.outcomes { sample(labels.with("outcome", outcome.rawValue), count) }
        }
        family(.teamTokens)
        for (labels, series) in rows {
            sample(labels.with("direction", "input"), series.inputTokens)
            sample(labels.with("direction", "output"), series.outputTokens)
        }
        family(.teamCost)
        for (labels, series) in rows { costs(labels, series.cost) }
    }

    private mutating func usage(_ rows: [(labels: MetricLabels, series: ModelSeries)]) {
        family(.tokens)
        for (labels, series) in rows {
            for (direction, count) in [("input", series.input), ("output", series.output)] {
                let labels = labels.with("direction", direction)
                sample(labels.with("source", "provider"), count.provider)
                sample(labels.with("source", "estimated"), count.estimated)
            }
        }
        family(.cachedTokens)
        for (labels, series) in rows { sample(labels, series.cachedTokens) }
        family(.audioSeconds)
        for (labels, series) in rows { sample(labels, milliseconds: series.audioMilliseconds) }
        family(.characters)
        for (labels, series) in rows { sample(labels, series.characters) }
        family(.images)
        for (labels, series) in rows { sample(labels, series.images) }
        family(.cost)
        for (labels, series) in rows { costs(labels, series.cost) }
        family(.escalations)
        for (labels, series) in rows { sample(labels, series.escalations) }
    }

    private mutating func costs(_ labels: MetricLabels, _ costs: CostSums) {
        for sum in costs.sums.sorted(by: { $0.currency < $1.currency }) {
            sample(labels.with("currency", sum.currency), sum.amount)
        }
    }
}
