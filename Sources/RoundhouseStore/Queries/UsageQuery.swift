internal import GRDB
internal import RoundhouseCore

/// Adds up roll-ups and rows into groups. To group in SQL takes three times as long: it sorts all rows first.
struct UsageQuery {
    private let dimensions: Set<UsageDimension>
    private var groups: [UsageGroup: Sums] = [:]

    private struct Sums {
        var usage = UsageSums()
        var escalated: Int64 = 0
    }

    init(_ dimensions: [UsageDimension]) {
        self.dimensions = Set(dimensions)
    }

    /// Adds whole days.
    mutating func addDays(_ days: Range<Int64>, _ db: Database) throws {
        let sql = """
            SELECT \(selection(day: "day")), ok, refused, failed, cut, cancelled, unmetered, estimated, estimated_tokens,
                timed, duration_us, first_bytes, first_byte_us, \(Self.amounts)
            FROM usage_daily WHERE day >= ? AND day < ?
            """
        let rows = try Row.fetchCursor(db, sql: sql, arguments: [days.lowerBound, days.upperBound])
        while let row = try rows.next() {
            let isEscalated: Bool = row[8]
            Self.add(to: &groups[Self.group(row), default: Sums()]) { sums in
                let before = sums.usage.requests
                sums.usage.ok += row[9]
                sums.usage.refused += row[10]
                sums.usage.failed += row[11]
                sums.usage.cut += row[12]
                sums.usage.cancelled += row[13]
                sums.usage.unmetered += row[14]
                sums.usage.estimated += row[15]
                sums.usage.estimatedTokens += row[16]
                sums.usage.timed += row[17]
                sums.usage.duration &+= row[18]
                sums.usage.firstBytes += row[19]
                sums.usage.firstByte &+= row[20]
                if isEscalated { sums.escalated += sums.usage.requests - before }
                Self.addAmounts(row, from: 21, to: &sums.usage)
            }
        }
    }

    /// Adds a part of a day, in seconds since 1970.
    mutating func addPart(_ seconds: Range<Int64>, _ db: Database) throws {
        let sql = """
            SELECT \(selection(day: "started_ms / 86400000")), outcome, usage_source, duration_us, first_byte_us, \(Self.amounts)
            FROM requests WHERE id >= ? AND id < ?
            """
        let bounds: StatementArguments = [
            RowID.first(milliseconds: seconds.lowerBound * 1000), RowID.first(milliseconds: seconds.upperBound * 1000),
        ]
        let rows = try Row.fetchCursor(db, sql: sql, arguments: bounds)
        while let row = try rows.next() {
            Self.add(to: &groups[Self.group(row), default: Sums()]) { sums in
                sums.usage.count(outcome: row[9], usageSource: row[10], input: row[13], output: row[15])
                sums.usage.time(outcome: row[9], duration: row[11], firstByte: row[12])
                sums.escalated += row[8]
                Self.addAmounts(row, from: 13, to: &sums.usage)
            }
        }
    }

    /// The groups, ordered by their names in the order of the dimensions.
    func totals(by dimensions: [UsageDimension], _ db: Database) throws -> [(values: [String?], totals: UsageTotals)] {
        var names = UsageNames()
        var merged: [UsageGroup: UsageTotals] = [:]
        for (group, sums) in groups {
            var group = group
            let currency = group.currency
            group.currency = 0
            for dimension in dimensions { try names.learn(group[dimension], in: dimension, db) }
            merged[group, default: UsageTotals()] += Self.totals(sums, currency: try names.currency(currency, db))
        }
        let ranks = names.ranks(dimensions)
        return merged.map { group, totals in
            (order: dimensions.indices.map { ranks[$0][group[dimensions[$0]]] ?? 0 }, group: group, totals: totals)
        }
        .sorted { $0.order.lexicographicallyPrecedes($1.order) }
        .map { entry in (dimensions.map { names.name(entry.group[$0], in: $0) }, entry.totals) }
    }

    // MARK: Rows

    private static let amounts = "input_tokens, cached_tokens, output_tokens, audio_ms, characters, images, cost"

    /// The columns 0 to 8: group and escalated.
    private func selection(day: String) -> String {
        let columns: [(UsageDimension, String)] = [
            (.feature, "feature"), (.team, "team"), (.key, "key"), (.model, "model"), (.backend, "backend"),
            (.arm, "arm"), (.day, day),
        ]
        return columns.map { dimensions.contains($0.0) ? $0.1 : "0" }.joined(separator: ", ") + ", currency, escalated"
    }

    private static func group(_ row: Row) -> UsageGroup {
        UsageGroup(
            feature: row[0], team: row[1], key: row[2], model: row[3], backend: row[4], arm: row[5], day: row[6],
            currency: row[7])
    }

    /// One look-up of the group for all that is added to it.
    private static func add(to sums: inout Sums, _ change: (inout Sums) -> Void) {
        change(&sums)
    }

    private static func addAmounts(_ row: Row, from first: Int, to sums: inout UsageSums) {
        UsageSums.add(row[first], to: &sums.inputTokens)
        UsageSums.add(row[first + 1], to: &sums.cachedTokens)
        UsageSums.add(row[first + 2], to: &sums.outputTokens)
        UsageSums.add(row[first + 3], to: &sums.audio)
        UsageSums.add(row[first + 4], to: &sums.characters)
        UsageSums.add(row[first + 5], to: &sums.images)
        UsageSums.add(row[first + 6], to: &sums.cost)
    }

    private static func totals(_ sums: Sums, currency: String?) -> UsageTotals {
        var totals = UsageTotals()
        let usage = sums.usage
        totals.ok = Int(usage.ok)
        totals.refused = Int(usage.refused)
        totals.failed = Int(usage.failed)
        totals.cut = Int(usage.cut)
        totals.cancelled = Int(usage.cancelled)
        totals.escalated = Int(sums.escalated)
        totals.unmetered = Int(usage.unmetered)
        totals.estimated = Int(usage.estimated)
        totals.estimatedTokens = Int(usage.estimatedTokens)
        totals.timed = Int(usage.timed)
        totals.durationMicroseconds = Int(usage.duration)
        totals.firstBytes = Int(usage.firstBytes)
        totals.firstByteMicroseconds = Int(usage.firstByte)
        totals.amounts.inputTokens = usage.inputTokens.map { Int($0) }
        totals.amounts.cachedTokens = usage.cachedTokens.map { Int($0) }
        totals.amounts.outputTokens = usage.outputTokens.map { Int($0) }
        totals.amounts.audioMilliseconds = usage.audio.map { Int($0) }
        totals.amounts.characters = usage.characters.map { Int($0) }
        totals.amounts.images = usage.images.map { Int($0) }
        if let currency, let cost = usage.cost {
            totals.priced = Int(usage.requests)
            totals.costs[currency] = Money(billionths: cost)
        }
        return totals
    }
}
