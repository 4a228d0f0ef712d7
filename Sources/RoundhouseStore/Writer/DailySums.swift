internal import GRDB
internal import RoundhouseCore

/// What a batch of records adds to the table `usage_daily`: summed up in memory first, so that a group costs one statement
/// for a batch, however many requests it has.
struct DailySums {
    /// The group that a record belongs to.
    private struct Group: Hashable {
        var day: Int32
        var feature: Int64
        var team: Int64
        var key: Int64
        var model: Int64
        var backend: Int64
        var arm: Int64
        var currency: Int64
        var escalated: Bool
    }

    private var places: [Group: Int] = [:]
    private var groups: [(group: Group, sums: UsageSums)] = []
    /// Where the last record was counted; the next one often goes there too.
    private var latest = 0

    mutating func add(_ record: borrowing RequestRecord, _ names: RowNames) {
        let group = Group(
            day: Self.day(record.startedAt), feature: names.feature, team: names.team, key: names.key,
            model: names.model, backend: names.backend, arm: names.arm, currency: names.currency,
            escalated: record.escalated)
        if groups.isEmpty || groups[latest].group != group { latest = place(of: group) }
        groups[latest].sums.add(record)
    }

    private mutating func place(of group: Group) -> Int {
        if let place = places[group] { return place }
        places[group] = groups.count
        groups.append((group, UsageSums()))
        return groups.count - 1
    }

    /// Adds them to the table.
    func write(_ db: Database) throws {
        let statement = try db.cachedStatement(sql: Self.upsert)
        for (group, sums) in groups {
            var row = StatementBinder(statement)
            row.bind(Int64(group.day))
            row.bind(group.feature)
            row.bind(group.team)
            row.bind(group.key)
            row.bind(group.model)
            row.bind(group.backend)
            row.bind(group.arm)
            row.bind(group.currency)
            row.bind(group.escalated ? 1 : 0)
            for count in [sums.ok, sums.refused, sums.failed, sums.cut, sums.cancelled] { row.bind(count) }
            for count in [sums.unmetered, sums.estimated, sums.estimatedTokens] { row.bind(count) }
            for count in [sums.timed, sums.duration, sums.firstBytes, sums.firstByte] { row.bind(count) }
            let amounts = [
                sums.inputTokens, sums.cachedTokens, sums.outputTokens, sums.audio, sums.characters, sums.images,
                sums.cost,
            ]
            for amount in amounts { row.bind(amount) }
            try row.execute()
        }
    }

    /// Days from 1970 on, in UTC.
    static func day(_ nanoseconds: Int64) -> Int32 {
        Int32(RowID.milliseconds(nanoseconds) / 86_400_000)
    }

    private static let upsert: String = {
        let key = ["day", "feature", "team", "key", "model", "backend", "arm", "currency", "escalated"]
        let counts = [
            "ok", "refused", "failed", "cut", "cancelled", "unmetered", "estimated", "estimated_tokens", "timed",
            "duration_us", "first_bytes", "first_byte_us",
        ]
        let amounts = ["input_tokens", "cached_tokens", "output_tokens", "audio_ms", "characters", "images", "cost"]
        // A sum beyond 64 bits becomes a real number in SQLite; the cast makes it the largest integer again, as in `Money`.
        let changes =
            counts.map { "\($0) = \($0) + excluded.\($0)" }
            + amounts.map { "\($0) = CAST(coalesce(\($0) + excluded.\($0), \($0), excluded.\($0)) AS INTEGER)" }
        let columns = key + counts + amounts
        return """
            INSERT INTO usage_daily (\(columns.joined(separator: ", ")))
            VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
            ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET \(changes.joined(separator: ", "))
            """
    }()
}

extension UsageSums {
    fileprivate mutating func add(_ record: borrowing RequestRecord) {
        let input = StoredValues.count(record.usage.inputTokens)
        let output = StoredValues.count(record.usage.outputTokens)
        count(
            outcome: record.outcome.storedCode, usageSource: record.usageSource.storedCode, input: input, output: output
        )
        time(
            outcome: record.outcome.storedCode, duration: StoredValues.size(record.durationMicroseconds),
            firstByte: record.firstByteMicroseconds.map(StoredValues.size))
        Self.add(input, to: &inputTokens)
        Self.add(StoredValues.count(record.usage.cachedTokens), to: &cachedTokens)
        Self.add(output, to: &outputTokens)
        Self.add(StoredValues.count(record.usage.audioMilliseconds), to: &audio)
        Self.add(StoredValues.count(record.usage.characters), to: &characters)
        Self.add(StoredValues.count(record.usage.images), to: &images)
        Self.add(record.cost?.billionths, to: &cost)
    }
}
