/// Formats records as access-log lines: JSON, one line each, with the field names that the mission fixes. What is unknown is
/// null; 0 is a value.
public enum AccessLogLine {
    /// Appends a line with its line feed. No text in a record can break out of its line: control characters are escaped.
    public static func append(_ record: RequestRecord, to lines: inout [UInt8]) {
        var room = 1024
        var fits = false
        while !fits {
            withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { memory in
                var line = TextWriter(memory)
                write(record, to: &line)
                fits = line.fits
                room = line.count
                if fits { lines.append(contentsOf: UnsafeRawBufferPointer(rebasing: memory[..<line.count])) }
            }
        }
    }

    private static func write(_ record: RequestRecord, to line: inout TextWriter) {
        line.write("{\"ts\":\"" as StaticString)
        writeTime(record.startedAt, to: &line)
        line.write("\"" as StaticString)
        text(",\"request_id\":", record.requestID, to: &line)
        text(",\"feature\":", record.feature, to: &line)
        line.write(",\"inference.gateway\":\"roundhouse\"" as StaticString)
        text(",\"inference.backend\":", record.backend, to: &line)
        text(",\"model\":", record.model, to: &line)
        text(",\"requested_model\":", record.requestedModel, to: &line)
        text(",\"route\":", record.reason, to: &line)
        text(",\"team\":", record.team, to: &line)
        text(",\"key\":", record.key, to: &line)
        number(",\"input_tokens\":", record.usage.inputTokens, to: &line)
        number(",\"output_tokens\":", record.usage.outputTokens, to: &line)
        text(",\"usage_source\":", record.usageSource.rawValue, to: &line)
        line.write(",\"cost\":" as StaticString)
        if let cost = record.cost {
            line.money(cost)
        } else {
            line.write("null" as StaticString)
        }
        number(",\"status\":", record.status, to: &line)
        text(",\"outcome\":", record.outcome.rawValue, to: &line)
        line.write((record.escalated ? ",\"escalated\":true" : ",\"escalated\":false") as StaticString)
        number(",\"queue_ms\":", record.queueMicroseconds / 1000, to: &line)
        number(",\"load_ms\":", record.loadMicroseconds / 1000, to: &line)
        number(",\"ttft_ms\":", record.firstByteMicroseconds.map { $0 / 1000 }, to: &line)
        number(",\"duration_ms\":", record.durationMicroseconds / 1000, to: &line)
        number(",\"overhead_us\":", record.overheadMicroseconds, to: &line)
        text(",\"error\":", record.errorCode, to: &line)
        line.write((record.stream ? ",\"stream\":true" : ",\"stream\":false") as StaticString)
        number(",\"bytes_in\":", record.bytesIn, to: &line)
        number(",\"bytes_out\":", record.bytesOut, to: &line)
        text(",\"http\":", record.route, to: &line)
        text(",\"currency\":", record.currency, to: &line)
        text(",\"client\":", record.client, to: &line)
        line.write("}\n" as StaticString)
    }

    private static func text(_ name: StaticString, _ value: String?, to line: inout TextWriter) {
        line.write(name)
        guard let value else {
            line.write("null" as StaticString)
            return
        }
        line.write("\"" as StaticString)
        line.json(value)
        line.write("\"" as StaticString)
    }

    private static func number(_ name: StaticString, _ value: Int?, to line: inout TextWriter) {
        line.write(name)
        guard let value else {
            line.write("null" as StaticString)
            return
        }
        if value < 0 { line.write("-" as StaticString) }
        line.decimal(Int(clamping: value.magnitude))
    }

    /// `2026-11-24T01:02:03.456Z` (RFC 3339).
    private static func writeTime(_ nanoseconds: Int64, to line: inout TextWriter) {
        let milliseconds = Int(max(0, nanoseconds) / 1_000_000)
        let seconds = milliseconds / 1000
        let day = CalendarDay(secondsSince1970: Int64(seconds))
        line.decimal(day.year, width: 4)
        line.write("-" as StaticString)
        line.decimal(day.month, width: 2)
        line.write("-" as StaticString)
        line.decimal(day.day, width: 2)
        line.write("T" as StaticString)
        line.decimal(seconds / 3600 % 24, width: 2)
        line.write(":" as StaticString)
        line.decimal(seconds / 60 % 60, width: 2)
        line.write(":" as StaticString)
        line.decimal(seconds % 60, width: 2)
        line.write("." as StaticString)
        line.decimal(milliseconds % 1000, width: 3)
        line.write("Z" as StaticString)
    }
}
