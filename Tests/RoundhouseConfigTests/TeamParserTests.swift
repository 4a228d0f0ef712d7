import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct TeamParserTests {
    /// The teams of a `config/roundhouse.yaml` that must have no errors, beside the models `llama3` and `embed-s`.
    private func teams(_ yaml: String) throws -> [Team] {
        let result = try RightsFixture.load(yaml)
        guard let configuration = result.configuration, !result.hasErrors else {
            throw Unexpected(problems: result.problems.map(\.description))
        }
        return configuration.teams
    }

    @Test func everyKeyArrives() throws {
        let teams = try teams(
            """
            teams:
              research:
                models: [llama3, "embed-*"]
                limits: {requests_per_minute: 120, tokens_per_minute: 200000, concurrent: 8, shadow: true}
                budget: {amount: 50, per: month, currency: EUR}
                local_only: true
              Ops_2.b:
              guests: {models: [], budget: {amount: 0.5, per: Week}}
              everybody: {}
            """)
        #expect(teams.map(\.name) == ["research", "Ops_2.b", "guests", "everybody"])
        #expect(teams.map(\.source.line) == [2, 7, 8, 9])
        #expect(teams[0].source.file.hasSuffix("config/roundhouse.yaml"))
        #expect(teams[0].models == NamePatterns(["llama3", "embed-*"]))
        #expect(teams[0].limits.requestsPerMinute == 120)
        #expect(teams[0].limits.tokensPerMinute == 200_000)
        #expect(teams[0].limits.concurrent == 8)
        #expect(teams[0].limits.shadow)
        #expect(teams[0].budget == BudgetLimit(amount: Money(units: 50), period: .month, currency: "EUR"))
        #expect(teams[0].localOnly)
        #expect(teams[2].models == NamePatterns([]))
        #expect(teams[2].budget == BudgetLimit(amount: Money(units: 0.5), period: .week, currency: "USD"))
        for team in [teams[1], teams[3]] {
            #expect(team == Team(name: team.name, source: team.source))
            #expect(team.models == nil)
        }
    }

    @Test(arguments: ["teams:", "teams: {}", "teams: ~", ""])
    func noTeamsAreNoTeams(_ yaml: String) throws {
        #expect(try teams(yaml).isEmpty)
    }

    @Test func oneNameNeedsNoList() throws {
        #expect(try teams("teams: {a: {models: llama3}}").first?.models == NamePatterns(["llama3"]))
    }

    /// A file, the line, what is said, and what to do.
    static let mistakes: [(String, Int, String, String)] = [
        ("teams: {a: {model: [llama3]}}", 1, "unknown key `teams.a.model`", "`teams.a.models`"),
        ("teams:\n  a:\n    qqq: 1", 3, "unknown key `teams.a.qqq`", "known keys under `teams.a`: models, limits"),
        ("teams:\n  a:\n    requests_per_minute: 1", 3, "belongs under `limits:`", "limits: {requests_per_minute"),
        ("teams:\n  a:\n    amount: 1", 3, "belongs under `budget:`", "budget: {amount: ...}"),
        ("teams:\n  a:\n    keys: [x]", 3, "does not list its keys", "roundhouse keys create NAME --team"),
        ("teams:\n  a:\n    models:", 3, "`teams.a.models` is empty", "`models: []` for no model"),
        ("teams:\n  a:\n    models: {x: 1}", 3, "a list of texts", "[one, two]"),
        ("teams:\n  a:\n    models: [x, [y]]", 3, "a list of texts", "[one, two]"),
        ("teams:\n  a:\n    models:\n      - llama3, x", 4, "is no name of a model", "one name or pattern for each"),
        ("teams:\n  a:\n    models: [*]", 3, "not valid YAML", "the pattern in quotes"),
        ("teams:\n  a:\n    models: [*-mini]", 3, "not valid YAML", "the pattern in quotes"),
        ("teams:\n  a:\n    limits: 5", 3, "`teams.a.limits` must be a mapping", "indented by two spaces"),
        ("teams:\n  a:\n    limits:", 3, "`teams.a.limits` is empty", "give it a value"),
        ("teams:\n  a:\n    limits: {concurent: 5}", 3, "`teams.a.limits.concurent`", "`teams.a.limits.concurrent`"),
        ("teams:\n  a:\n    limits: {queue: 5}", 3, "unknown key `teams.a.limits.queue`", "requests_per_minute"),
        ("teams:\n  a:\n    limits:\n      concurrent: 0", 4, "a whole number, 1 or more", "no limit"),
        ("teams:\n  a:\n    limits:\n      concurrent:", 4, "`teams.a.limits.concurrent` is empty", "give it"),
        ("teams:\n  a:\n    limits: {requests_per_minute: 1.5}", 3, "a whole number, found `1.5`", "no limit"),
        ("teams:\n  a:\n    limits: {tokens_per_minute: 99999999999}", 3, "1 or more", "no limit"),
        ("teams:\n  a:\n    budget: 50", 3, "`teams.a.budget` must be a mapping", "{key: value}"),
        ("teams:\n  a:\n    budget: {amount: 50}", 3, "`teams.a.budget` lacks `per`", "per: month"),
        ("teams:\n  a:\n    budget: {per: day}", 3, "`teams.a.budget` lacks `amount`", "amount: 50"),
        ("teams:\n  a:\n    budget: {amount: x, per: day}", 3, "an amount of money, 0 to", "amount: 0.60"),
        ("teams:\n  a:\n    budget:\n      amount: 1\n      per: months", 5, "one of day, week, month", "`month`"),
        ("teams:\n  a:\n    budget: {amount: 1, per: day, currency: Euro}", 3, "three capital", "currency: USD"),
        ("teams:\n  a:\n    budget: {amount: 1, per: day, limit: 2}", 3, "`teams.a.budget.limit`", "amount, per"),
        ("teams:\n  a:\n    local_only: perhaps", 3, "`teams.a.local_only` must be true or false", "true"),
        ("teams:\n  a:\n    local_only:", 3, "`teams.a.local_only` is empty", "remove the key"),
        ("teams:\n  a b: {}", 2, "`a b` is no name for a team", "letters, digits, dashes"),
        ("teams:\n  ä: {}", 2, "is no name for a team", "at most 64"),
        ("teams:\n  \(String(repeating: "a", count: 65)): {}", 2, "is no name for a team", "at most 64"),
        ("teams:\n  a: {}\n  b: {}\n  a: {}", 4, "`a` stands twice", "remove one"),
        ("teams: [a]", 1, "`teams` must be a mapping", "{key: value}"),
        ("teams:\n  a: 5", 2, "`teams.a` must be a mapping", "{key: value}"),
        ("team: {a: {}}", 1, "unknown key `team`", "`teams`"),
    ]

    @Test(arguments: mistakes)
    func mistakesAreReported(_ yaml: String, _ line: Int, _ message: String, _ fix: String) throws {
        let result = try RightsFixture.load(yaml)
        let hit = result.problems.first { $0.message.contains(message) }
        let problem = try #require(hit, "found: \(result.problems.map(\.description))")
        #expect(problem.severity == .error)
        #expect(problem.location?.file.hasSuffix("config/roundhouse.yaml") == true)
        #expect(problem.location?.line == line)
        #expect(problem.fix?.contains(fix) == true, "fix: \(problem.fix ?? "none")")
        #expect(result.configuration == nil)
    }

    @Test func aShadowWithoutLimitIsAWarning() throws {
        let result = try RightsFixture.load("teams:\n  a:\n    limits:\n      shadow: true")
        let problem = try #require(result.problems.first)
        #expect(problem.severity == .warning)
        #expect(problem.location?.line == 4)
        #expect(result.configuration?.teams.first?.limits.shadow == true)
    }
}
