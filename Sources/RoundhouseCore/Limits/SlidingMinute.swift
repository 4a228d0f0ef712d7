/// What was counted in the last 60 seconds, in a ring of one-second buckets.
///
/// A bucket is forgotten as a whole when all of it is more than 60 seconds old: the sum is of the 60 whole seconds before
/// the current one and of the current one, so that no 60 seconds, wherever they begin, ever hold more than was let in. The
/// price is that room comes back up to a second late. Times are nanoseconds of a monotonic clock; one that lies before
/// the latest seen counts as that, because threads that read the clock come here in another order.
struct SlidingMinute: Sendable {
    private static let buckets = 61
    private static let nanoseconds: Int64 = 1_000_000_000
    /// The most that is counted in a second, so that nonsense from an upstream cannot overflow a sum.
    private static let most = 1 << 50

    /// Made for the first thing counted: most keys have no limit, and many are never used.
    private var ring: [Int] = []
    /// The latest second seen.
    private var current = 0
    /// The sum of all buckets.
    private(set) var total = 0

    /// What is counted at a moment.
    mutating func used(now: Int64) -> Int {
        advance(to: now)
        return total
    }

    /// Whether `count` more stay within `limit`; nothing always does.
    mutating func hasRoom(for count: Int, limit: Int, now: Int64) -> Bool {
        advance(to: now)
        return count <= 0 || count <= limit - total
    }

    /// Counts, whatever the limit.
    /// - Returns: the second in which it was counted, for `giveBack`.
    @discardableResult
    mutating func add(_ count: Int, now: Int64) -> Int {
        advance(to: now)
        guard count > 0 else { return current }
        if ring.isEmpty { ring = [Int](repeating: 0, count: Self.buckets) }
        let index = current % Self.buckets
        let sum = min(ring[index] + min(count, Self.most), Self.most)
        total += sum - ring[index]
        ring[index] = sum
        return current
    }

    /// Counts if `limit` allows it.
    /// - Returns: the second in which it was counted, for `giveBack`; nil if there is no room.
    mutating func take(_ count: Int, limit: Int, now: Int64) -> Int? {
        hasRoom(for: count, limit: limit, now: now) ? add(count, now: now) : nil
    }

    /// Takes back what was counted in a second, unless that is forgotten already.
    mutating func giveBack(_ count: Int, countedIn second: Int) {
        guard count > 0, !ring.isEmpty, second <= current, second > current - Self.buckets else { return }
        let index = second % Self.buckets
        let part = min(count, ring[index])
        ring[index] -= part
        total -= part
    }

    /// Nanoseconds until there is room for `count` if nothing else is counted or given back; nil if `limit` is less.
    mutating func wait(for count: Int, limit: Int, now: Int64) -> Int64? {
        guard count <= limit else { return nil }
        guard !hasRoom(for: count, limit: limit, now: now) else { return 0 }
        var left = total
        for second in current - Self.buckets + 1...current where second >= 0 {
            left -= ring[second % Self.buckets]
            if count <= limit - left { return end(of: second) - now }
        }
        return nil
    }

    /// Nanoseconds until nothing is counted any more.
    mutating func reset(now: Int64) -> Int64 {
        advance(to: now)
        guard total > 0 else { return 0 }
        var second = current
        while ring[second % Self.buckets] == 0 { second -= 1 }
        return end(of: second) - now
    }

    /// When what was counted in a second is forgotten.
    private func end(of second: Int) -> Int64 { Int64(second + Self.buckets) * Self.nanoseconds }

    @inline(__always)
    private mutating func advance(to now: Int64) {
        let second = Int(max(0, now) / Self.nanoseconds)
        if second > current { forget(until: second) }
    }

    /// Forgets what is too old: a step for each second since the last time, never more than there are buckets.
    private mutating func forget(until second: Int) {
        var stale = current + 1
        let last = min(second, current + Self.buckets)
        while total > 0, stale <= last {
            let index = stale % Self.buckets
            total -= ring[index]
            ring[index] = 0
            stale += 1
        }
        current = second
    }
}
