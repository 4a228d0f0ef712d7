internal import GRDB
internal import RoundhouseCore

/// A record as a row of the table `requests`.
enum RequestRow {
    /// Inserts the row.
    static func insert(_ record: RequestRecord, _ names: RowNames, _ statement: Statement) throws {
        var row = StatementBinder(statement)
        row.bind(milliseconds(record.startedAt))
        row.bind(record.requestID)
        row.bind(names.route)
        row.bind(names.feature)
        row.bind(names.team)
        row.bind(names.key)
        row.bind(names.model)
        row.bind(names.backend)
        row.bind(names.reason)
        row.bind(names.error)
        row.bind(names.currency)
        row.bind(record.requestedModel)
        row.bind(record.client)
        row.bind(record.escalated ? 1 : 0)
        row.bind(record.stream ? 1 : 0)
        row.bind(record.outcome.storedCode)
        row.bind(record.usageSource.storedCode)
        row.bind(StoredValues.size(record.status))
        row.bind(StoredValues.count(record.usage.inputTokens))
        row.bind(StoredValues.count(record.usage.cachedTokens))
        row.bind(StoredValues.count(record.usage.outputTokens))
        row.bind(StoredValues.count(record.usage.audioMilliseconds))
        row.bind(StoredValues.count(record.usage.characters))
        row.bind(StoredValues.count(record.usage.images))
        row.bind(record.cost?.billionths)
        row.bind(StoredValues.size(record.queueMicroseconds))
        row.bind(StoredValues.size(record.loadMicroseconds))
        row.bind(record.firstByteMicroseconds.map(StoredValues.size))
        row.bind(StoredValues.size(record.durationMicroseconds))
        row.bind(StoredValues.size(record.overheadMicroseconds))
        row.bind(StoredValues.size(record.bytesIn))
        row.bind(StoredValues.size(record.bytesOut))
        try row.execute()
    }

    /// Milliseconds since 1970 of a time in nanoseconds; what lies before is 1970.
    static func milliseconds(_ nanoseconds: Int64) -> Int64 {
        max(0, nanoseconds) / 1_000_000
    }

    static let insertion: String = {
        let columns = """
            started_ms, request_id, route, feature, team, key, model, backend, reason, error, currency, requested_model,
            client, escalated, stream, outcome, usage_source, status, input_tokens, cached_tokens, output_tokens,
            audio_ms, characters, images, cost, queue_us, load_us, first_byte_us, duration_us, overhead_us, bytes_in,
            bytes_out
            """
        let places = columns.split(separator: ",").map { _ in "?" }.joined(separator: ", ")
        return "INSERT INTO requests (\(columns)) VALUES (\(places))"
    }()
}
