/// A time cut into whole days (UTC), which the roll-ups answer, and what is left at both ends.
struct UsagePeriod: Equatable {
    /// Days from 1970 on, the last one excluded.
    var days: Range<Int64>
    /// Seconds since 1970, the last one excluded; at most one at the beginning and one at the end.
    var parts: [Range<Int64>]

    private static let day: Int64 = 86_400
    private static let farthest: Int64 = 1 << 32

    /// - Parameters:
    ///   - since: seconds since 1970; nil is the beginning.
    ///   - until: the first second that is out; nil is open.
    init(since: Int64?, until: Int64?) {
        let first = min(max(since ?? 0, 0), Self.farthest * Self.day)
        let end = min(max(until ?? Self.farthest * Self.day, first), Self.farthest * Self.day)
        let firstDay = (first + Self.day - 1) / Self.day
        let endDay = end / Self.day
        if firstDay > endDay {
            days = firstDay..<firstDay
            parts = [first..<end].filter { !$0.isEmpty }
        } else {
            days = firstDay..<endDay
            parts = [first..<firstDay * Self.day, endDay * Self.day..<end].filter { !$0.isEmpty }
        }
    }
}
