import Testing

@testable import RoundhouseCore

@Suite struct LimitsBudgetMeterTests {
    /// Wednesday, 2026-11-25T10:00:00Z; that day began at `day`.
    private let now: Int64 = 1_795_600_800
    private let day: Int64 = 1_795_564_800
    private let night: Int64 = 1_795_651_200

    private func meter(_ units: Double, _ period: BudgetLimit.Period = .day) -> BudgetMeter {
        BudgetMeter(BudgetLimit(amount: Money(units: units), period: period))
    }

    private func spend(_ units: Double, in meter: inout BudgetMeter, at moment: Int64) {
        meter.settle(reserved: .zero, actual: Money(units: units), now: moment)
    }

    @Test func reservesUntilTheAmountIsTaken() {
        var meter = meter(1)
        #expect(meter.reserve(Money(units: 0.6), now: now) == nil)
        #expect(meter.reserve(Money(units: 0.5), now: now) == .reserved)
        #expect(meter.reserve(Money(units: 0.4), now: now) == nil)
        #expect(meter.reserve(.zero, now: now) == .reserved, "all of it is reserved")
        meter.settle(reserved: Money(units: 0.6), actual: Money(units: 0.1), now: now)
        #expect(meter.spent == Money(units: 0.1))
        #expect(meter.reserved == Money(units: 0.4))
        #expect(meter.reserve(Money(units: 0.5), now: now) == nil)
    }

    @Test func whatIsSpentStaysSpentUntilThePeriodEnds() {
        var meter = meter(1)
        spend(1, in: &meter, at: now)
        #expect(meter.reserve(.zero, now: now) == .spent(seconds: night - now))
        #expect(meter.reserve(Money(units: 0.1), now: night - 1) == .spent(seconds: 1))
        #expect(meter.reserve(Money(units: 0.1), now: night) == nil)
        #expect(meter.spent == .zero)
    }

    @Test func whatIsLeftMustBeEnough() {
        var meter = meter(1)
        spend(0.95, in: &meter, at: now)
        #expect(meter.reserve(Money(units: 0.06), now: now) == .spent(seconds: night - now))
        #expect(meter.reserve(Money(units: 0.05), now: now) == nil)
    }

    @Test func moreThanTheWholeBudgetNeverFits() {
        var meter = meter(1)
        #expect(meter.reserve(Money(units: 1.000000001), now: now) == .neverFits)
        #expect(meter.reserve(Money(billionths: .max), now: now) == .neverFits)
        #expect(meter.reserve(Money(units: 1), now: now) == nil)
        var nothing = self.meter(0)
        #expect(nothing.reserve(.zero, now: now) == .neverFits)
    }

    @Test func aRequestThatCostsMoreThanItsEstimateIsSpentInFull() {
        var meter = meter(1)
        #expect(meter.reserve(Money(units: 0.1), now: now) == nil)
        meter.settle(reserved: Money(units: 0.1), actual: Money(units: 1.5), now: now)
        #expect(meter.spent == Money(units: 1.5))
        #expect(meter.reserved == .zero)
        spend(-1, in: &meter, at: now)
        #expect(meter.spent == Money(units: 1.5), "an upstream's nonsense is no refund")
    }

    @Test func aRequestOverMidnightCountsWhereItEnds() {
        var meter = meter(1)
        #expect(meter.reserve(Money(units: 0.8), now: night - 1) == nil)
        #expect(meter.reserve(Money(units: 0.3), now: night + 1) == .reserved)
        meter.settle(reserved: Money(units: 0.8), actual: Money(units: 0.7), now: night + 2)
        #expect(meter.spent == Money(units: 0.7))
        #expect(meter.reserved == .zero)
    }

    @Test func periodsFollowEachOtherOverYears() {
        var meter = meter(1, .month)
        var moment: Int64 = 1_795_600_800
        for _ in 0..<60 {
            spend(1, in: &meter, at: moment)
            guard case .spent(let seconds) = meter.refusal(of: .zero, now: moment) else {
                Issue.record("not spent")
                return
            }
            moment += seconds
            #expect(BudgetLimit.Period.month.start(at: moment) == moment)
            #expect(meter.refusal(of: .zero, now: moment) == nil)
        }
        // 60 months later, with a leap day in 2028.
        #expect(CalendarDay(secondsSince1970: moment).description == "2031-11-01")
    }

    @Test func theLedgerIsBelievedIfItKnowsMore() {
        var meter = meter(10, .month)
        #expect(!meter.isComplete)
        let start = meter.start(now: now)
        #expect(start == 1_793_491_200)
        meter.restore(spent: Money(units: 4), periodStart: start)
        #expect(meter.spent == Money(units: 4) && meter.isComplete)
        spend(1, in: &meter, at: now)
        meter.restore(spent: Money(units: 4.5), periodStart: start)
        #expect(meter.spent == Money(units: 5))
        meter.restore(spent: Money(units: 9), periodStart: start - 1)
        #expect(meter.spent == Money(units: 5), "that is last month's")
    }

    @Test func restoringBeforeTheFirstRequest() {
        var meter = meter(1)
        meter.restore(spent: Money(units: 1), periodStart: day)
        #expect(meter.reserve(.zero, now: now) == .spent(seconds: night - now))
        var yesterday = self.meter(1)
        yesterday.restore(spent: Money(units: 1), periodStart: day - 1)
        #expect(yesterday.reserve(.zero, now: now) == nil)
        #expect(yesterday.spent == .zero && yesterday.isComplete)
    }

    @Test func aPeriodThatBeganHereIsComplete() {
        var meter = meter(1)
        #expect(meter.start(now: now) == day)
        #expect(!meter.isComplete)
        #expect(meter.start(now: night) == night)
        #expect(meter.isComplete)
    }

    @Test func anotherAmountKeepsWhatIsSpent() {
        var meter = meter(1)
        spend(1, in: &meter, at: now)
        meter.update(BudgetLimit(amount: Money(units: 2), period: .day))
        #expect(meter.refusal(of: Money(units: 1), now: now) == nil)
        #expect(meter.spent == Money(units: 1))
        meter.update(BudgetLimit(amount: Money(units: 0.5), period: .day))
        #expect(meter.refusal(of: .zero, now: now) == .spent(seconds: night - now))
    }

    @Test func aLongerPeriodKeepsWhatIsSpentAndAShorterOneDoesNot() {
        var meter = meter(5)
        meter.restore(spent: Money(units: 1), periodStart: day)
        meter.update(BudgetLimit(amount: Money(units: 5), period: .month))
        #expect(!meter.isComplete)
        #expect(meter.start(now: now) == 1_793_491_200)
        #expect(meter.spent == Money(units: 1))
        meter.restore(spent: Money(units: 3), periodStart: 1_793_491_200)
        #expect(meter.spent == Money(units: 3))
        meter.update(BudgetLimit(amount: Money(units: 5), period: .week))
        #expect(meter.start(now: now) == day - 2 * 86_400)
        #expect(meter.spent == .zero, "nobody knows what of it was this week")
        meter.restore(spent: Money(units: 2), periodStart: day - 2 * 86_400)
        #expect(meter.spent == Money(units: 2) && meter.isComplete)
    }

    @Test func anotherCurrencyBeginsAnew() {
        var meter = meter(5)
        meter.restore(spent: Money(units: 1), periodStart: day)
        #expect(meter.reserve(Money(units: 1), now: now) == nil)
        meter.update(BudgetLimit(amount: Money(units: 5), period: .day, currency: "EUR"))
        #expect(meter.spent == .zero && meter.reserved == .zero && !meter.isComplete)
    }

    @Test func aClockThatIsSetBackALittleDoesNotSpendTwice() {
        var meter = meter(1)
        spend(1, in: &meter, at: night)
        #expect(meter.refusal(of: .zero, now: night - 1) == .spent(seconds: 86_401))
        #expect(meter.spent == Money(units: 1))
        #expect(meter.refusal(of: .zero, now: night) == .spent(seconds: 86_400))
    }

    @Test func aClockThatWasYearsAheadDoesNotHoldItsBudgetThatLong() {
        var meter = meter(1)
        spend(0.6, in: &meter, at: now + 20 * 365 * 86_400)
        #expect(meter.refusal(of: Money(units: 0.5), now: now) == .spent(seconds: night - now), "still counted")
        #expect(meter.refusal(of: Money(units: 0.5), now: night) == nil)
    }
}
