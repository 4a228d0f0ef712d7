/// Formats records as access-log lines: JSON, one line each, with the field names that the mission fixes. What is unknown is
/// null; 0 is a value.
public enum AccessLogLine {
    /// Appends a line with its line feed. No text in a record can break out of its line: control characters are escaped.
    public static func append(_ record: RequestRecord, to line: inout [UInt8]) {
        write("{\"ts\":\"", to: &line)
        appendTime(record.startedAt, to: &line)
        write("\",\"request_id\":", to: &line)
        string(record.requestID, to: &line)
        field(",\"feature\":", record.feature, to: &line)
        write(",\"inference.gateway\":\"roundhouse\"", to: &line)
        field(",\"inference.backend\":", record.backend, to: &line)
        field(",\"model\":", record.model, to: &line)
        field(",\"requested_model\":", record.requestedModel, to: &line)
        field(",\"route\":", record.reason, to: &line)
        field(",\"team\":", record.team, to: &line)
        field(",\"key\":", record.key, to: &line)
        number(",\"input_tokens\":", record.inputTokens, to: &line)
        number(",\"output_tokens\":", record.outputTokens, to: &line)
        field(",\"usage_source\":", record.usageSource.rawValue, to: &line)
        write(",\"cost\":", to: &line)
        if let cost = record.cost, cost.isFinite { write(String(cost), to: &line) } else { write("null", to: &line) }
        number(",\"status\":", record.status, to: &line)
        field(",\"outcome\":", record.outcome.rawValue, to: &line)
        write(record.escalated ? ",\"escalated\":true" : ",\"escalated\":false", to: &line)
        number(",\"queue_ms\":", record.queueMicroseconds / 1000, to: &line)
        number(",\"load_ms\":", record.loadMicroseconds / 1000, to: &line)
        number(",\"ttft_ms\":", record.firstByteMicroseconds.map { $0 / 1000 }, to: &line)
        number(",\"duration_ms\":", record.durationMicroseconds / 1000, to: &line)
        number(",\"overhead_us\":", record.overheadMicroseconds, to: &line)
        field(",\"error\":", record.errorCode, to: &line)
        write(record.stream ? ",\"stream\":true" : ",\"stream\":false", to: &line)
        number(",\"bytes_in\":", record.bytesIn, to: &line)
        number(",\"bytes_out\":", record.bytesOut, to: &line)
        field(",\"http\":", record.route, to: &line)
        field(",\"currency\":", record.currency, to: &line)
        write("}\n", to: &line)
    }

    private static func write(_ text: StaticString, to line: inout [UInt8]) {
        line.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func write(_ text: String, to line: inout [UInt8]) {
        line.append(contentsOf: text.utf8)
    }

    private static func string(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        JSONText.append(text, to: &line)
        line.append(UInt8(ascii: "\""))
    }

    private static func field(_ name: StaticString, _ value: String?, to line: inout [UInt8]) {
        write(name, to: &line)
        if let value { string(value, to: &line) } else { write("null" as StaticString, to: &line) }
    }

    private static func number(_ name: StaticString, _ value: Int?, to line: inout [UInt8]) {
        write(name, to: &line)
        guard let value else {
            write("null" as StaticString, to: &line)
            return
        }
        if value < 0 { line.append(UInt8(ascii: "-")) }
        digits(Int(value.magnitude), count: 1, to: &line)
    }

    /// Decimal digits, at least `count` of them.
    private static func digits(_ value: Int, count: Int, to line: inout [UInt8]) {
        if value < 10, count == 1 {
            line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value))
            return
        }
        let start = line.count
        var rest = UInt(bitPattern: value)
        var length = 0
        repeat {
            line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
            length += 1
        } while rest > 0 || length < count
        line[start...].reverse()
    }

    /// `2026-11-24T01:02:03.456Z` (RFC 3339).
    private static func appendTime(_ nanoseconds: Int64, to line: inout [UInt8]) {
        let milliseconds = Int(max(0, nanoseconds) / 1_000_000)
        let seconds = milliseconds / 1000
        let day = CalendarDay(secondsSince1970: Int64(seconds))
        digits(day.year, count: 4, to: &line)
        line.append(UInt8(ascii: "-"))
        digits(day.month, count: 2, to: &line)
        line.append(UInt8(ascii: "-"))
        digits(day.day, count: 2, to: &line)
        line.append(UInt8(ascii: "T"))
        digits(seconds / 3600 % 24, count: 2, to: &line)
        line.append(UInt8(ascii: ":"))
        digits(seconds / 60 % 60, count: 2, to: &line)
        line.append(UInt8(ascii: ":"))
        digits(seconds % 60, count: 2, to: &line)
        line.append(UInt8(ascii: "."))
        digits(milliseconds % 1000, count: 3, to: &line)
        line.append(UInt8(ascii: "Z"))
    }
}
