import Foundation
import RoundhouseConfig
import RoundhouseCore
import Testing

/// `models`, `limits`, `budget` and `local_only` of keys.
@Suite struct KeysFileRightsTests {
    private static let hash = KeyHash(secret: "s").hex

    private func key(_ id: String = "k") -> APIKey { APIKey(id: id, hash: KeyHash(secret: "secret of \(id)")) }

    @Test func everyFieldIsRead() throws {
        let keys = try KeysFixture(
            """
            - id: k
              team: Research_2.x
              sha256: \(Self.hash)
              models: [llama3, "embed-*"]
              limits: {requests_per_minute: 60, tokens_per_minute: 5000, concurrent: 2, shadow: true}
              budget: {amount: 12.5, per: week, currency: EUR}
              local_only: true
              expires: 2027-01-01T18:00:00+02:00
            """
        ).load()
        var wanted = APIKey(
            id: "k", team: "Research_2.x", hash: KeyHash(secret: "s"), expires: 1_798_761_600 + 16 * 3600)
        wanted.models = NamePatterns(["llama3", "embed-*"])
        wanted.limits.requestsPerMinute = 60
        wanted.limits.tokensPerMinute = 5000
        wanted.limits.concurrent = 2
        wanted.limits.shadow = true
        wanted.budget = BudgetLimit(amount: Money(units: 12.5), period: .week, currency: "EUR")
        wanted.localOnly = true
        #expect(keys == [wanted])
    }

    @Test func everyFieldIsWrittenAndReadBack() throws {
        let fixture = try KeysFixture()
        var keys = ["all", "models", "none", "limits", "budget", "local", "bare"].map { key($0) }
        keys[0].team = "A_b.c-1"
        keys[0].keyClass = .metrics
        keys[0].expires = 1_798_761_601
        keys[0].models = NamePatterns(["m", "x*"])
        keys[0].limits.requestsPerMinute = 1
        keys[0].limits.tokensPerMinute = Int(Int32.max)
        keys[0].limits.concurrent = 3
        keys[0].limits.shadow = true
        keys[0].budget = BudgetLimit(amount: Money(billionths: 1), period: .day, currency: "CHF")
        keys[0].localOnly = true
        keys[1].models = NamePatterns(["*", "null", "1e3", "a: b".replacing(" ", with: ""), "- #".filter { $0 != " " }])
        keys[2].models = NamePatterns([])
        keys[3].limits.concurrent = 1
        keys[4].budget = BudgetLimit(amount: Money(billionths: 123_456_789_123_456_789), period: .month)
        keys[5].localOnly = true
        for key in keys { try fixture.add(key) }
        #expect(try fixture.load() == keys)
        try fixture.revoke("none")
        keys.remove(at: 2)
        #expect(try fixture.load() == keys)
    }

    @Test(arguments: [
        "\"", "\\", "a\"b\\c", "日本", "é", "😀", "a\u{80}b", "\u{9f}", "\u{fffe}", "{a}", "[a]", "a,b", "'",
        "%",
        "\u{e000}", "\\n", "\\U0001F600", "!!str", "&a", "@", "`", "yes", "~", "a#b", "?", "|", ">", "=", "<<",
    ])
    func namesThatYAMLTakesForSomethingElse(_ name: String) throws {
        let fixture = try KeysFixture()
        var key = key()
        key.models = NamePatterns([name, name + "*"])
        try fixture.add(key)
        #expect(try fixture.load() == [key])
        #expect(try fixture.text.utf8.allSatisfy { $0 < 0x7f })
    }

    @Test func whatCouldNotBeReadBackIsNotWritten() throws {
        let fixture = try KeysFixture()
        try fixture.add(key("before"))
        let text = try fixture.text
        var keys = [key(), key(), key(), key()]
        keys[0].models = NamePatterns(["two words"])
        keys[1].limits.concurrent = 0
        keys[2].budget = BudgetLimit(amount: Money(units: -1), period: .day)
        keys[3].budget = BudgetLimit(amount: .zero, period: .day, currency: "euro")
        for key in keys {
            let error = #expect(throws: KeysFileError.self) { try fixture.add(key) }
            #expect(error?.description.contains("nothing has been changed") == true)
            #expect(try fixture.text == text)
        }
    }

    @Test(arguments: [
        ("models:", 3, "`models` is empty", "`models: []`"), ("models: {a: b}", 3, "a list of texts", "[one, two]"),
        ("limits:\n    requests_per_minute: 0", 4, "1 or more", "no limit"),
        ("limits:", 3, "`limits` is empty", "value"),
        ("limits: {rpm: 1}", 3, "unknown key `limits.rpm`", "requests_per_minute"),
        ("budget: {amount: 1}", 3, "`budget` lacks `per`", "per: month"),
        ("budget: {amount: 1, per: year}", 3, "one of day, week, month", ""),
        ("budget:", 3, "`budget` is empty", "value"), ("local_only: 2", 3, "`local_only` must be true or false", ""),
        ("local_only:", 3, "`local_only` is empty", "remove the key"),
        ("team:", 3, "`team` is empty", "remove the key"),
        ("team: a b", 3, "is no name for a team", "letters, digits"), ("class:", 3, "`class` is empty", "value"),
        ("expires:", 3, "`expires` is empty", "remove the key"), ("model: [a]", 3, "unknown key `model`", "`models`"),
        ("expires: 2027-01-01T25:00:00Z", 3, "must be a day or a time", "expires: 2027-01-01T18:00:00Z"),
    ])
    func mistakesSayWhereTheyAre(_ more: String, _ line: Int, _ message: String, _ fix: String) throws {
        let complaint = try KeysFixture("- id: k\n  sha256: \(Self.hash)\n  \(more)\n").complaint()
        #expect(complaint.contains("keys.yaml:\(line): error:"), "\(complaint)")
        #expect(complaint.contains(message) && (fix.isEmpty || complaint.contains(fix)), "\(complaint)")
    }
}
