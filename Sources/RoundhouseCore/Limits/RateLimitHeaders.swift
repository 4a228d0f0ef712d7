/// The `x-ratelimit-…` headers as OpenAI sends them: of requests and of tokens what is left of the tightest limit. A limit
/// that there is not, or that refuses nothing (`shadow`), has no headers.
public struct RateLimitHeaders: Sendable, Equatable {
    /// What is left of one limit.
    public struct Quota: Sendable, Equatable {
        /// What may be taken in 60 seconds.
        public var limit: Int
        /// What may still be taken now.
        public var remaining: Int
        /// Nanoseconds until all of it may be taken, if nothing is meanwhile.
        public var resetNanoseconds: Int64
    }

    /// Of requests.
    public var requests: Quota?
    /// Of tokens.
    public var tokens: Quota?

    /// No headers.
    public init() {}

    /// Replaces a quota by that of another limit of which less is left.
    static func tighten(_ quota: inout Quota?, limit: Int, minute: inout SlidingMinute, now: Int64) {
        let remaining = max(0, limit - minute.used(now: now))
        if let quota, quota.remaining <= remaining { return }
        quota = Quota(limit: limit, remaining: remaining, resetNanoseconds: minute.reset(now: now))
    }

    /// Writes the header lines.
    public func write(to text: inout TextWriter) {
        if let requests {
            text.write("x-ratelimit-limit-requests: " as StaticString)
            text.decimal(requests.limit)
            text.write("\r\nx-ratelimit-remaining-requests: " as StaticString)
            text.decimal(requests.remaining)
            text.write("\r\nx-ratelimit-reset-requests: " as StaticString)
            text.duration(nanoseconds: requests.resetNanoseconds)
            text.write("\r\n" as StaticString)
        }
        if let tokens {
            text.write("x-ratelimit-limit-tokens: " as StaticString)
            text.decimal(tokens.limit)
            text.write("\r\nx-ratelimit-remaining-tokens: " as StaticString)
            text.decimal(tokens.remaining)
            text.write("\r\nx-ratelimit-reset-tokens: " as StaticString)
            text.duration(nanoseconds: tokens.resetNanoseconds)
            text.write("\r\n" as StaticString)
        }
    }

    /// The same as names and values, for error answers.
    public var pairs: [(name: String, value: String)] {
        Self.pairs("requests", requests) + Self.pairs("tokens", tokens)
    }

    private static func pairs(_ unit: String, _ quota: Quota?) -> [(name: String, value: String)] {
        guard let quota else { return [] }
        let reset = withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { memory in
            var text = TextWriter(memory)
            text.duration(nanoseconds: quota.resetNanoseconds)
            return String(decoding: memory[..<text.count], as: UTF8.self)
        }
        return [
            ("x-ratelimit-limit-\(unit)", String(quota.limit)),
            ("x-ratelimit-remaining-\(unit)", String(quota.remaining)),
            ("x-ratelimit-reset-\(unit)", reset),
        ]
    }
}

extension TextWriter {
    /// Writes a duration as Go and OpenAI do, to the next whole millisecond: `0s`, `20ms`, `1s`, `59.25s`, `6m0s`.
    mutating func duration(nanoseconds: Int64) {
        let milliseconds = Int((max(0, nanoseconds) + 999_999) / 1_000_000)
        if milliseconds > 0, milliseconds < 1000 {
            decimal(milliseconds)
            write("ms" as StaticString)
            return
        }
        if milliseconds >= 60_000 {
            decimal(milliseconds / 60_000)
            write("m" as StaticString)
        }
        decimal(milliseconds / 1000 % 60)
        var rest = milliseconds % 1000
        if rest > 0 {
            var width = 3
            while rest % 10 == 0 {
                rest /= 10
                width -= 1
            }
            write("." as StaticString)
            decimal(rest, width: width)
        }
        write("s" as StaticString)
    }
}
