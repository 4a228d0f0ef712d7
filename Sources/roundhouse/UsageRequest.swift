internal import FoundationEssentials
internal import RoundhouseCore

/// A question about usage: the parameters of `/admin/usage`, and the options of `roundhouse usage`.
struct UsageRequest {
    var by: [String] = ["model"]
    var since: Int64
    var until: Int64
    var compareTo: String?

    static let dimensions = ["feature", "team", "key", "model", "backend", "arm", "day"]

    /// Reads the parameters `by`, `since`, `until` and `compare_to`.
    /// - Throws: `AdminProblem` that says what may be written.
    init(_ query: [(name: String, value: String)], now: Int64 = Int64(Date().timeIntervalSince1970)) throws {
        since = try Self.moment("30d", "since", now)
        until = now + 1
        for (name, value) in query where !value.isEmpty {
            switch name {
            case "by": by = try Self.dimensions(value)
            case "since": since = try Self.moment(value, name, now)
            case "until": until = try Self.moment(value, name, now)
            case "compare_to": compareTo = value
            default:
                throw AdminProblem(
                    status: 400, "There is no parameter `\(name)`; there are by, since, until and compare_to.")
            }
        }
        guard since < until else { throw AdminProblem(status: 400, "`since` must lie before `until`.") }
    }

    private static func dimensions(_ text: String) throws -> [String] {
        var found: [String] = []
        for name in text.split(separator: ",").map(String.init) where !found.contains(name) {
            guard dimensions.contains(name) else {
                throw AdminProblem(
                    status: 400,
                    "Usage cannot be shown by `\(name)`; it can by \(dimensions.joined(separator: ", ")).")
            }
            found.append(name)
        }
        return found
    }

    /// A day, which is its beginning in UTC; a second since 1970; or a time back from now: `7d` begins with the day seven days ago, `12h` at this
    /// minute twelve hours ago.
    private static func moment(_ text: String, _ name: String, _ now: Int64) throws -> Int64 {
        if let day = CalendarDay(text) { return day.secondsSince1970 }
        if let second = Int64(text), second >= 1_000_000_000 { return second }
        if let count = Int64(text.dropLast()), (1...40_000).contains(count) {
            switch text.last {
            case "d": return (now / 86_400 - count) * 86_400
            case "h": return now - count * 3600
            case "m": return now - count * 60
            default: break
            }
        }
        throw AdminProblem(
            status: 400, "`\(name)` must be a day like 2026-11-24, or a time back from now like 7d, 12h or 30m.")
    }

    /// The parameters again.
    var query: String {
        var parts = ["by=" + by.joined(separator: ","), "since=\(since)", "until=\(until)"]
        if let compareTo { parts.append("compare_to=" + compareTo) }
        return parts.joined(separator: "&")
    }
}
