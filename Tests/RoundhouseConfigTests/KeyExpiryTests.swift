import RoundhouseConfig
import Testing

@Suite struct KeyExpiryTests {
    @Test(arguments: [
        ("1970-01-01", 0), ("2027-01-01", 1_798_761_600), ("2027-01-01T00:00:00Z", 1_798_761_600),
        ("2027-01-01T00:00:01Z", 1_798_761_601), ("2027-01-01t23:59:59z", 1_798_847_999),
        ("2027-01-01T02:00:00+02:00", 1_798_761_600), ("2026-12-31T18:30:00-05:30", 1_798_761_600),
        ("1970-01-01T01:00:00+01:00", 0), ("2024-02-29T12:00:00Z", 1_709_208_000),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
    ])
    func daysAndMomentsAreRead(_ text: String, _ seconds: Int64) {
        #expect(KeyExpiry.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "soon", "2027-1-1", "2027-02-29", "2027-01-01T", "2027-01-01T00:00Z", "2027-01-01T00:00:00",
        "2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z", "2027-01-01T00:00:60Z", "2027-01-01 00:00:00Z",
        "2027-01-01T00:00:00.5Z", "2027-01-01T00:00:00+24:00", "2027-01-01T00:00:00+0200", "2027-01-01T+1:00:00Z",
        "2027-01-01T00:00:00Zé", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00", "2027-01-01T00:00:0éZ",
        "10000-01-01", "2027-13-01T00:00:00Z", "２027-01-01", "2027-01-01T00:00:00*02:00",
    ])
    func everythingElseIsRefused(_ text: String) {
        #expect(KeyExpiry.seconds(text) == nil)
    }

    @Test func theShortestFormIsWritten() {
        #expect(KeyExpiry.text(1_798_761_600) == "2027-01-01")
        #expect(KeyExpiry.text(1_798_761_601) == "2027-01-01T00:00:01Z")
        #expect(KeyExpiry.text(1_798_847_999) == "2027-01-01T23:59:59Z")
        #expect(KeyExpiry.text(0) == "1970-01-01")
    }

    @Test func whatIsWrittenIsReadBack() {
        for step in 0..<20_000 {
            let seconds = Int64(step) * 12_670_119 % 253_402_300_800
            #expect(KeyExpiry.seconds(KeyExpiry.text(seconds)) == seconds)
        }
    }
}
