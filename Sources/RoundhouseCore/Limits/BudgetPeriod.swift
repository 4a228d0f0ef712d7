extension BudgetLimit.Period {
    private static let daySeconds: Int64 = 86_400

    /// When the period of a moment began, in UTC. Both are seconds since 1970.
    public func start(at seconds: Int64) -> Int64 {
        let dayStart = seconds - Self.remainder(seconds, Self.daySeconds)
        switch self {
        case .day: return dayStart
        // 1 January 1970 was a Thursday.
        case .week: return dayStart - Self.remainder(dayStart + 3 * Self.daySeconds, 7 * Self.daySeconds)
        case .month: return dayStart - Int64(CalendarDay(secondsSince1970: dayStart).day - 1) * Self.daySeconds
        }
    }

    /// When the period of a moment ends and the next one begins, in UTC. Both are seconds since 1970.
    public func end(at seconds: Int64) -> Int64 {
        switch self {
        case .day: start(at: seconds) + Self.daySeconds
        case .week: start(at: seconds) + 7 * Self.daySeconds
        // 31 days after the beginning of a month it is the next month, and never the one after that.
        case .month: start(at: start(at: seconds) + 31 * Self.daySeconds)
        }
    }

    /// Never negative.
    private static func remainder(_ number: Int64, _ divisor: Int64) -> Int64 {
        let rest = number % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
