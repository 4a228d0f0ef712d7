/// How long an answer took, as far as it can be known from outside: from the request's translation to its end, and to the first piece.
/// llama.cpp says itself how long it read and how long it wrote (`timings` beside `usage`); then that counts, and what is left over of the whole
/// went by before: waiting and loading.
struct OllamaTimes: Sendable {
    private let started: Int64
    private var first: Int64?
    private var last: Int64
    private var timed: (reading: Int64, writing: Int64)?

    /// - Parameter started: the moment, in nanoseconds since 1970.
    init(started: Int64) {
        self.started = started
        last = started
    }

    /// A piece of the answer came.
    mutating func note(_ now: Int64) {
        // A clock that is set back must not make anything last less than nothing.
        last = max(now, last)
        first = first ?? last
    }

    /// Reads the event that has the usage.
    mutating func readTimings(_ event: UnsafeRawBufferPointer) {
        guard let timings = JSONValue(event)?["timings"], let reading = timings["prompt_ms"]?.double,
            let writing = timings["predicted_ms"]?.double, (0...1e12).contains(reading), (0...1e12).contains(writing)
        else { return }
        timed = (Int64(reading * 1e6), Int64(writing * 1e6))
    }

    /// Appends the durations and counts of a last line, each behind a comma.
    func append(ended now: Int64, usage: TokenUsage?, to output: inout [UInt8]) {
        let total = max(now, last) - started
        let reading = timed?.reading ?? (first ?? last) - started
        let writing = timed?.writing ?? last - (first ?? last)
        let loading = timed == nil ? 0 : max(0, total - reading - writing)
        output += #","total_duration":\#(total),"load_duration":\#(loading)"#.utf8
        if let usage { output += #","prompt_eval_count":\#(usage.inputTokens)"#.utf8 }
        output += #","prompt_eval_duration":\#(reading)"#.utf8
        if let usage { output += #","eval_count":\#(usage.outputTokens)"#.utf8 }
        output += #","eval_duration":\#(writing)"#.utf8
    }
}
