import RoundhouseCore
import Testing

@testable import RoundhouseStore

@Suite struct RetentionTests {
    private func settings(_ days: Int) -> LedgerSettings {
        var settings = LedgerSettings()
        settings.retentionDays = days
        return settings
    }

    private var eager: LedgerPace {
        var pace = LedgerPace.manual
        pace.retentionPause = .milliseconds(1)
        pace.retentionInterval = .milliseconds(1)
        return pace
    }

    @Test func oldRowsGoAndTheirRollUpsStay() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder, settings: settings(30), pace: eager)
            let cutoff = midnight - 30 * 86_400
            test.write(
                (0..<4500).map { .sample("old", at: cutoff - 1 - Int64($0)) } + [
                    .sample("kept", at: cutoff), .sample("new", at: midnight),
                ])
            try await waitUntil("deleted") { try folder.number("SELECT count(*) FROM requests") == 2 }
            #expect(try folder.texts("SELECT request_id FROM requests ORDER BY started_ms") == ["kept", "new"])
            let reader = try LedgerReader(path: folder.ledger.database)
            #expect(try await reader.usage(by: []).totals.requests == 4502)
            // Part of a day that is gone is said to be missing; whole days and later parts are not.
            #expect(try await reader.usage(by: [], since: cutoff - 3600).missingBefore == cutoff)
            #expect(try await reader.usage(by: [], since: cutoff - 86_400).missingBefore == nil)
            #expect(try await reader.usage(by: [], since: cutoff + 1).missingBefore == nil)
            test.ledger.close()
        }
    }

    @Test func whatBecomesOldGoesLater() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder, settings: settings(1), pace: eager)
            test.write([.sample("a", at: midnight - 5), .sample("b", at: midnight + 5)])
            #expect(try folder.number("SELECT count(*) FROM requests") == 2)
            test.clock.seconds = midnight + 86_400 + 1
            try await waitUntil("deleted") { try folder.number("SELECT count(*) FROM requests") == 1 }
            test.clock.seconds = midnight + 2 * 86_400 + 1
            try await waitUntil("deleted") { try folder.number("SELECT count(*) FROM requests") == 0 }
            test.ledger.close()
        }
    }

    @Test func changedSettingsCountAtOnce() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder, settings: settings(30), pace: eager)
            test.write([.sample("a", at: midnight - 20 * 86_400)])
            test.ledger.apply(settings(7))
            try await waitUntil("deleted") { try folder.number("SELECT count(*) FROM requests") == 0 }
            test.ledger.close()
        }
    }

    @Test func escalationsAreKept() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder, settings: settings(1), pace: eager)
            test.write([.escalation("e", at: midnight - 50 * 86_400)])
            try await waitUntil("deleted") { try folder.number("SELECT count(*) FROM requests") == 0 }
            #expect(try EscalationAudit.verify(folder).count == 1)
            test.ledger.close()
        }
    }
}
