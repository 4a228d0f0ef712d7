import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct RightsTextTests {
    @Test(arguments: [
        ("50/month", "50 USD/month"), ("12.50EUR/week", "12.5 EUR/week"), ("50 usd/Day", "50 USD/day"),
        ("0/day", "0 USD/day"), ("0.000000001/day", "0.000000001 USD/day"),
    ])
    func budgetsAreReadAndShown(_ text: String, _ shown: String) throws {
        let budget = try #require(RightsText.budget(from: text))
        #expect(RightsText.budget(budget) == shown)
        #expect(RightsText.budget(from: shown) == budget)
    }

    @Test(arguments: ["", "50", "/month", "50/", "50/year", "50/month/day", "-1/day", "x/day", "50EURO/day", "5e3/day"])
    func everythingElseIsNoBudget(_ text: String) {
        #expect(RightsText.budget(from: text) == nil)
    }

    @Test func listsAndLimitsAreShort() {
        #expect(RightsText.models(nil) == "all")
        #expect(RightsText.models(NamePatterns([])) == "none")
        #expect(RightsText.models(NamePatterns(["a", "b*"])) == "a,b*")
        var limits = RateLimits()
        #expect(RightsText.limits(limits) == "-")
        limits.concurrent = 8
        #expect(RightsText.limits(limits) == "8 at once")
        limits.requestsPerMinute = 120
        limits.tokensPerMinute = 5000
        limits.shadow = true
        #expect(RightsText.limits(limits) == "120 requests/min, 5000 tokens/min, 8 at once (shadow)")
        #expect(RightsText.budget(nil) == "-")
    }

    @Test func checkShowsTheTeams() throws {
        let file = """
            teams:
              research: {models: [default, "embed-*"], limits: {concurrent: 8}, local_only: true}
              guests: {budget: {amount: 50, per: month}, models: [gpt-4o]}
            """
        let result = try RightsFixture.load(
            file, keys: RightsFixture.key("ci", "team: research") + RightsFixture.key("x"))
        let report = CheckReport(result)
        let lines = report.text().split(separator: "\n")
        let header = try #require(lines.firstIndex { $0.hasPrefix("TEAM") })
        let row = lines[header + 1].split(separator: " ", omittingEmptySubsequences: true)
        #expect(row == ["research", "llama3,embed-*", "8", "at", "once", "-", "yes", "ci"])
        #expect(lines[header + 2].contains("50 USD/month"))
        #expect(report.teams.map(\.keys) == [["ci"], []])
        #expect(!CheckReport(try RightsFixture.load("")).text().contains("TEAM"))
        #expect(try report.json().contains("\"localOnly\" : true"))
    }
}
