import Foundation
import RoundhouseCore
import Testing

@Suite struct LimitsBudgetPeriodTests {
    private func moment(_ text: String) throws -> Int64 {
        Int64(try Date.ISO8601FormatStyle().parse(text + "Z").timeIntervalSince1970)
    }

    @Test(
        arguments: [
            (.day, "2026-11-24T23:59:59", "2026-11-24T00:00:00", "2026-11-25T00:00:00"),
            (.day, "2026-11-25T00:00:00", "2026-11-25T00:00:00", "2026-11-26T00:00:00"),
            (.day, "2028-02-29T12:00:00", "2028-02-29T00:00:00", "2028-03-01T00:00:00"),
            (.week, "2026-11-24T10:00:00", "2026-11-23T00:00:00", "2026-11-30T00:00:00"),
            (.week, "2026-11-29T23:59:59", "2026-11-23T00:00:00", "2026-11-30T00:00:00"),
            (.week, "2026-11-30T00:00:00", "2026-11-30T00:00:00", "2026-12-07T00:00:00"),
            (.week, "2027-01-01T00:00:00", "2026-12-28T00:00:00", "2027-01-04T00:00:00"),
            (.week, "1970-01-01T00:00:00", "1969-12-29T00:00:00", "1970-01-05T00:00:00"),
            (.month, "2026-12-31T23:59:59", "2026-12-01T00:00:00", "2027-01-01T00:00:00"),
            (.month, "2027-01-01T00:00:00", "2027-01-01T00:00:00", "2027-02-01T00:00:00"),
            (.month, "2027-02-28T23:59:59", "2027-02-01T00:00:00", "2027-03-01T00:00:00"),
            (.month, "2028-02-29T23:59:59", "2028-02-01T00:00:00", "2028-03-01T00:00:00"),
            (.month, "2100-02-28T23:59:59", "2100-02-01T00:00:00", "2100-03-01T00:00:00"),
            (.month, "2000-02-29T00:00:00", "2000-02-01T00:00:00", "2000-03-01T00:00:00"),
        ] as [(BudgetLimit.Period, String, String, String)])
    func boundaries(_ period: BudgetLimit.Period, _ now: String, _ start: String, _ end: String) throws {
        #expect(period.start(at: try moment(now)) == (try moment(start)))
        #expect(period.end(at: try moment(now)) == (try moment(end)))
    }

    @Test func agreesWithFoundation() throws {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        let units: [(BudgetLimit.Period, Calendar.Component)] = [(.day, .day), (.week, .weekOfYear), (.month, .month)]
        var random = SeededRandom(7)
        for _ in 0..<400 {
            let seconds = Int64(random.below(5_000_000_000))
            for (period, unit) in units {
                let interval = try #require(
                    calendar.dateInterval(of: unit, for: Date(timeIntervalSince1970: Double(seconds))))
                #expect(
                    period.start(at: seconds) == Int64(interval.start.timeIntervalSince1970), "\(period) \(seconds)")
                #expect(period.end(at: seconds) == Int64(interval.end.timeIntervalSince1970), "\(period) \(seconds)")
            }
        }
    }
}
