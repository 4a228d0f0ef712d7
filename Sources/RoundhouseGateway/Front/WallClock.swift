internal import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

/// The time of day.
enum WallClock {
    /// Nanoseconds since 1970.
    static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Dates as HTTP writes them (RFC 9110, section 5.6.7).
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `date: Tue, 24 Nov 2026 01:02:03 GMT` and a line end, for seconds since 1970.
    static func headerLine(_ second: Int64) -> [UInt8] {
        let date = CalendarDay(secondsSince1970: second)
        let weekday = days[Int(second / 86_400 % 7)]
        let day = two(date.day) + " " + months[date.month - 1] + " " + String(date.year)
        let time = Int(second % 86_400)
        let clock = two(time / 3600) + ":" + two(time / 60 % 60) + ":" + two(time % 60)
        return Array("date: \(weekday), \(day) \(clock) GMT\r\n".utf8)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
