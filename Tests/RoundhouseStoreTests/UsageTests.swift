import RoundhouseCore
import Testing

@testable import RoundhouseStore

@Suite struct UsageTests {
    @Test func unpricedIsNotZero() async throws {
        try await withTemporaryFolder { folder in
            var free = RequestRecord.sample("free")
            (free.model, free.cost, free.currency) = ("free", .zero, "USD")
            try TestLedger(folder).write([.sample(), free, .escalation("e")])
            let report = try await LedgerReader(path: folder.ledger.database).usage(by: [.model])
            #expect(report.groups.map(\.values) == [["cloud-mid"], ["free"], ["llama3"]])
            #expect(
                report.groups.map(\.totals.costs) == [["USD": Money(billionths: 123_456)], ["USD": .zero], [:]])
            #expect(report.totals.priced == 2)
            #expect(report.totals.requests == 3)
            #expect(report.totals.escalated == 1)
        }
    }

    @Test func currenciesAreKeptApart() async throws {
        try await withTemporaryFolder { folder in
            let records = [("USD", 5), ("EUR", 7), ("USD", 11)].map { currency, amount in
                var record = RequestRecord.sample()
                (record.cost, record.currency) = (Money(billionths: Int64(amount)), currency)
                return record
            }
            try TestLedger(folder).write(records)
            let report = try await LedgerReader(path: folder.ledger.database).usage(by: [.team])
            #expect(report.groups.count == 1)
            #expect(report.totals.costs == ["USD": Money(billionths: 16), "EUR": Money(billionths: 7)])
        }
    }

    @Test func pricesChangeFromThenOn() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            for amount in [100, 900] {
                var record = RequestRecord.sample()
                (record.cost, record.currency) = (Money(billionths: Int64(amount)), "USD")
                test.write([record])
            }
            #expect(try folder.texts("SELECT cast(cost AS TEXT) FROM requests ORDER BY id") == ["100", "900"])
            let report = try await LedgerReader(path: folder.ledger.database).usage(by: [])
            #expect(report.totals.costs == ["USD": Money(billionths: 1000)])
        }
    }

    @Test func comparesWithAPrice() async throws {
        try await withTemporaryFolder { folder in
            var million = RequestRecord.sample()
            million.usage.inputTokens = 1_000_000
            million.usage.outputTokens = 500_000
            var other = million
            other.model = "other"
            other.usage.outputTokens = nil
            try TestLedger(folder).write([million, other])
            var price = Price()
            price.inputPerMillion = Money(units: 0.15)
            price.outputPerMillion = Money(units: 0.60)
            let reader = try LedgerReader(path: folder.ledger.database)
            let report = try await reader.usage(by: [.model], compareTo: price)
            #expect(report.groups.map(\.compared) == [Money(units: 0.45), Money(units: 0.15)])
            #expect(report.compared == Money(units: 0.60))
            #expect(try await reader.usage(by: [.model]).compared == nil)
        }
    }

    @Test func saysWhatIsEstimated() async throws {
        try await withTemporaryFolder { folder in
            var estimated = RequestRecord.sample()
            estimated.usageSource = .estimated
            estimated.usage.inputTokens = 10
            estimated.usage.outputTokens = 15
            var provided = RequestRecord.sample()
            provided.usage.inputTokens = 75
            provided.usage.outputTokens = nil
            var refused = RequestRecord()
            refused.startedAt = provided.startedAt
            try TestLedger(folder).write([estimated, provided, refused])
            let totals = try await LedgerReader(path: folder.ledger.database).usage(by: []).totals
            #expect(totals.estimatedShare == 0.25)
            #expect(totals.estimated == 1)
            #expect(totals.unmetered == 1)
            #expect(totals.errors == 1)
            #expect(UsageTotals().estimatedShare == nil)
        }
    }

    @Test func anEmptyLedgerAnswersNothing() async throws {
        try await withTemporaryFolder { folder in
            _ = try TestLedger(folder)
            let report = try await LedgerReader(path: folder.ledger.database).usage(by: [.model], since: midnight + 5)
            #expect(report.groups.isEmpty)
            #expect(report.totals == UsageTotals())
            #expect(report.missingBefore == nil)
        }
    }

    @Test func spendingCountsPricedUseOfOneCurrency() async throws {
        try await withTemporaryFolder { folder in
            func record(_ second: Int64, _ billionths: Int64?, _ currency: String?) -> RequestRecord {
                var record = RequestRecord.sample(at: midnight + second)
                (record.cost, record.currency) = (billionths.map(Money.init), currency)
                return record
            }
            var elsewhere = record(50, 4000, "USD")
            (elsewhere.team, elsewhere.key) = ("sales", "sales-1")
            try TestLedger(folder).write([
                record(-1, 1, "USD"), record(0, 20, "USD"), record(10, 300, "EUR"),
                record(90_000, 3_000_000_000, "USD"),
                record(20, nil, nil), elsewhere,
            ])
            let reader = try LedgerReader(path: folder.ledger.database)
            func spent(_ spender: LedgerReader.Spender, _ since: Int64, _ currency: String = "USD") async throws
                -> Int64
            {
                try await reader.spent(by: spender, currency: currency, since: midnight + since).billionths
            }
            #expect(try await spent(.team("research"), 0) == 3_000_000_020)
            #expect(try await spent(.team("research"), -1) == 3_000_000_021)
            #expect(try await spent(.team("research"), 1) == 3_000_000_000)
            #expect(try await spent(.team("research"), -86_400) == 3_000_000_021)
            #expect(try await spent(.team("research"), 0, "EUR") == 300)
            #expect(try await spent(.key("research-ci"), 0) == 3_000_000_020)
            #expect(try await spent(.key("sales-1"), 0) == 4000)
            #expect(try await spent(.team("nobody"), 0) == 0)
            #expect(try await spent(.team("research"), 0, "GBP") == 0)
        }
    }
}

@Suite struct UsagePeriodTests {
    private let day: Int64 = 86_400

    @Test func wholeDaysNeedNoRows() {
        let period = UsagePeriod(since: 10 * day, until: 12 * day)
        #expect(period.days == 10..<12)
        #expect(period.parts.isEmpty)
    }

    @Test func bothEndsAreCutOff() {
        let period = UsagePeriod(since: 10 * day + 5, until: 12 * day + 7)
        #expect(period.days == 11..<12)
        #expect(period.parts == [10 * day + 5..<11 * day, 12 * day..<12 * day + 7])
    }

    @Test func withinADayThereAreOnlyRows() {
        let period = UsagePeriod(since: 10 * day + 5, until: 10 * day + 9)
        #expect(period.days.isEmpty)
        #expect(period.parts == [10 * day + 5..<10 * day + 9])
    }

    @Test func acrossOneMidnightToo() {
        let period = UsagePeriod(since: 10 * day + 5, until: 11 * day + 9)
        #expect(period.days.isEmpty)
        #expect(period.parts == [10 * day + 5..<11 * day, 11 * day..<11 * day + 9])
    }

    @Test func openEndsAreAllThereIs() {
        #expect(UsagePeriod(since: nil, until: nil).days.contains(20_000))
        #expect(UsagePeriod(since: nil, until: nil).parts.isEmpty)
        #expect(UsagePeriod(since: 5, until: nil).parts == [5..<day])
    }

    @Test(arguments: [(Int64.min, Int64.max), (.max, .max), (.min, .min), (.max, .min), (100, 50)])
    func oddBoundsAreHarmless(_ since: Int64, _ until: Int64) {
        let period = UsagePeriod(since: since, until: until)
        #expect(period.parts.allSatisfy { !$0.isEmpty })
    }
}
