/// Access-log lines that gather: JSON, one line for each record, with the field names that the mission fixes. What is unknown
/// is null; 0 is a value.
///
/// Written into memory that is there already and not into an array: that would take a closure for each line, which takes a copy
/// of the record.
public struct AccessLogLines: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    /// Bytes of lines.
    public private(set) var count = 0

    /// No lines, and room for so many bytes of them; it grows when they do not suffice.
    public init(capacity: Int) {
        memory = .allocate(byteCount: max(1, capacity), alignment: 1)
    }

    deinit { memory.deallocate() }

    /// Appends a line with its line feed. No text in a record can break out of its line: control characters are escaped.
    public mutating func append(_ record: borrowing RequestRecord) {
        while true {
            var line = TextWriter(UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
            Self.write(record, to: &line)
            if line.fits {
                count += line.count
                return
            }
            grow(to: count + line.count)
        }
    }

    /// Takes the lines out.
    public mutating func take() -> [UInt8] {
        defer { count = 0 }
        return Array(memory[..<count])
    }

    private mutating func grow(to least: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: max(least, memory.count * 2), alignment: 1)
        larger.copyMemory(from: UnsafeRawBufferPointer(memory))
        memory.deallocate()
        memory = larger
    }

    private static func write(_ record: borrowing RequestRecord, to line: inout TextWriter) {
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
        if let arm = record.arm { text(",\"arm\":", arm, to: &line) }
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
