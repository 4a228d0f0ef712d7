import GRDB
import RoundhouseCore
import Testing

@testable import RoundhouseStore

@Suite struct RollUpTests {
    /// What `usage_daily` must hold, by SQL over the rows alone.
    private static let fromRows = """
        SELECT started_ms / 86400000 AS day, feature, team, key, model, backend, arm, currency, escalated,
            sum(outcome = 0) AS ok, sum(outcome = 1) AS refused, sum(outcome = 2) AS failed, sum(outcome = 3) AS cut,
            sum(outcome = 4) AS cancelled, sum(usage_source = 0) AS unmetered, sum(usage_source = 2) AS estimated,
            sum(iif(usage_source = 2, ifnull(input_tokens, 0) + ifnull(output_tokens, 0), 0)) AS estimated_tokens,
            sum(outcome = 0) AS timed, sum(iif(outcome = 0, duration_us, 0)) AS duration_us,
            sum(outcome = 0 AND first_byte_us IS NOT NULL) AS first_bytes,
            sum(iif(outcome = 0, ifnull(first_byte_us, 0), 0)) AS first_byte_us,
            sum(input_tokens) AS input_tokens, sum(cached_tokens) AS cached_tokens,
            sum(output_tokens) AS output_tokens, sum(audio_ms) AS audio_ms, sum(characters) AS characters,
            sum(images) AS images, sum(cost) AS cost
        FROM requests GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        """

    @Test(arguments: [1, 2, 3])
    func agreeWithTheRows(_ seed: UInt64) async throws {
        try await withTemporaryFolder { folder in
            var random = SeededRandom(seed)
            let test = try TestLedger(folder)
            for _ in 0..<20 { test.write((0..<random.below(200)).map { _ in .random(&random, days: 3) }) }
            let queue = try DatabaseQueue(path: folder.ledger.database)
            let (rows, sums) = try queue.read { db in
                (
                    try Row.fetchAll(db, sql: Self.fromRows),
                    try Row.fetchAll(db, sql: "SELECT * FROM usage_daily ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9")
                )
            }
            #expect(rows.count > 100)
            #expect(rows == sums)
        }
    }

    /// Every period gives what adding up the records themselves gives, whatever it is cut into.
    @Test(arguments: [4, 5, 6])
    func usageIsTheSumOfTheRecords(_ seed: UInt64) async throws {
        try await withTemporaryFolder { folder in
            var random = SeededRandom(seed)
            let records = (0..<1500).map { _ in RequestRecord.random(&random, days: 4) }
            try TestLedger(folder).write(records)
            let reader = try LedgerReader(path: folder.ledger.database)
            for _ in 0..<40 {
                let bounds = [0, 1].map { _ in bound(&random) }.sorted()
                let since = random.one(in: 5) ? nil : bounds[0]
                let until = random.one(in: 5) ? nil : bounds[1]
                let dimensions = UsageDimension.allCases.filter { _ in random.one(in: 3) }
                let report = try await reader.usage(by: dimensions, since: since, until: until)
                let expected = Self.sums(records, by: dimensions, since: since, until: until)
                #expect(report.groups.count == expected.count)
                for group in report.groups { #expect(group.totals == expected[group.values], "\(group.values)") }
                #expect(report.totals == expected.values.reduce(into: UsageTotals()) { $0 += $1 })
            }
        }
    }

    private func bound(_ random: inout SeededRandom) -> Int64 {
        let days = Int64(random.below(6) - 1)
        return midnight + days * 86_400 + (random.one(in: 2) ? 0 : Int64(random.below(86_400)))
    }

    private static func sums(
        _ records: [RequestRecord], by dimensions: [UsageDimension], since: Int64?, until: Int64?
    ) -> [[String?]: UsageTotals] {
        var sums: [[String?]: UsageTotals] = [:]
        for record in records {
            let second = record.startedAt / 1_000_000_000
            guard second >= since ?? .min, second < until ?? .max else { continue }
            let values = dimensions.map { dimension in
                switch dimension {
                case .feature: record.feature.map(StoredValues.text)
                case .team: record.team
                case .key: record.key
                case .model: record.model
                case .backend: record.backend
                case .arm: record.arm
                case .day: CalendarDay(secondsSince1970: second).description
                }
            }
            sums[values, default: UsageTotals()] += totals(of: record)
        }
        return sums
    }

    private static func totals(of record: RequestRecord) -> UsageTotals {
        func bounded(_ value: Int?) -> Int? { value.map { min(max($0, 0), 0xffff_ffff) } }
        var totals = UsageTotals()
        totals.ok = record.outcome == .ok ? 1 : 0
        totals.refused = record.outcome == .refused ? 1 : 0
        totals.failed = record.outcome == .failed ? 1 : 0
        totals.cut = record.outcome == .cut ? 1 : 0
        totals.cancelled = record.outcome == .cancelled ? 1 : 0
        totals.escalated = record.escalated ? 1 : 0
        totals.unmetered = record.usageSource == .none ? 1 : 0
        totals.estimated = record.usageSource == .estimated ? 1 : 0
        if record.outcome == .ok {
            totals.timed = 1
            totals.durationMicroseconds = record.durationMicroseconds
            totals.firstBytes = record.firstByteMicroseconds == nil ? 0 : 1
            totals.firstByteMicroseconds = record.firstByteMicroseconds ?? 0
        }
        totals.priced = record.cost == nil ? 0 : 1
        totals.amounts = record.usage
        totals.amounts.inputTokens = bounded(record.usage.inputTokens)
        totals.estimatedTokens =
            record.usageSource == .estimated
            ? (totals.amounts.inputTokens ?? 0) + (totals.amounts.outputTokens ?? 0) : 0
        if let cost = record.cost { totals.costs = [record.currency ?? "XXX": cost] }
        return totals
    }
}
