internal import GRDB
internal import RoundhouseCore

/// A record as a row of the table `requests`.
enum RequestRow {
    /// Inserts the row.
    static func insert(_ record: borrowing RequestRecord, _ names: RowNames, _ ids: inout RowID, _ statement: Statement)
        throws
    {
        var attempts = 0
        while true {
            do {
                try insert(record, names, ids.take(record.startedAt), statement)
                return
            } catch let error as DatabaseError
                where error.extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY && attempts < attemptLimit
            {
                // The id is taken: by a run of the gateway before this one, whose clock stood where it stands now.
                attempts += 1
            }
        }
    }

    private static let attemptLimit = 10_000

    private static func insert(
        _ record: borrowing RequestRecord, _ names: RowNames, _ id: Int64, _ statement: Statement
    ) throws {
        var row = StatementBinder(statement)
        row.bind(id)
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
        row.bind(names.arm)
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

    static let insertion: String = {
        let columns = """
            id, request_id, route, feature, team, key, model, backend, reason, error, currency, arm, requested_model,
            client, escalated, stream, outcome, usage_source, status, input_tokens, cached_tokens, output_tokens,
            audio_ms, characters, images, cost, queue_us, load_us, first_byte_us, duration_us, overhead_us, bytes_in,
            bytes_out
            """
        let places = columns.split(separator: ",").map { _ in "?" }.joined(separator: ", ")
        return "INSERT INTO requests (\(columns)) VALUES (\(places))"
    }()
}
