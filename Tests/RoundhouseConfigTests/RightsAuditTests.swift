import RoundhouseConfig
import RoundhouseCore
import Testing

/// Allowlists are compared with the models and kept as the models' own names.
@Suite struct NameResolverTests {
    private func team(_ models: String) throws -> (NamePatterns?, [Problem]) {
        let result = try RightsFixture.load("teams:\n  a:\n    models: \(models)")
        let team = try #require(result.configuration?.teams.first, "\(result.problems.map(\.description))")
        return (team.models, result.problems)
    }

    @Test(arguments: [
        ("[llama3]", ["llama3"]), ("[default]", ["llama3"]), ("[default, llama3, default]", ["llama3"]),
        ("[gpt-4o, embed-s]", ["cloud", "embed-s"]), ("[\"*\"]", ["*"]), ("[\"embed-*\"]", ["embed-*"]),
        ("[\"gpt-*\"]", ["gpt-*", "embed-s", "cloud"]), ("[\"*-4o\"]", ["*-4o", "cloud"]), ("[]", []),
    ])
    func aliasesAreTheirModels(_ list: String, _ wanted: [String]) throws {
        let (models, problems) = try team(list)
        #expect(models?.patterns == wanted)
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test func noListIsEveryModel() throws {
        let result = try RightsFixture.load("teams: {a: {}}")
        #expect(try #require(result.configuration).teams[0].models == nil)
    }

    @Test(arguments: [
        ("lama3", "did you mean `llama3`?"), ("gpt4o", "did you mean `gpt-4o`?"), ("Llama3", "did you mean `llama3`?"),
        ("zzzzzz", "known: cloud, cloud-eu, default, embed-s, gpt-4o, gpt-embed, llama3"),
    ])
    func aNameThatIsNotThereIsAnError(_ name: String, _ fix: String) throws {
        let result = try RightsFixture.load("teams:\n  a:\n    models:\n      - llama3\n      - \(name)")
        let problem = try #require(result.problems.first)
        #expect(problem.severity == .error)
        #expect(problem.message == "`\(name)` in `teams.a.models` is neither a model nor an alias")
        #expect(problem.location?.line == 5)
        #expect(problem.fix == fix)
        #expect(result.configuration == nil)
    }

    @Test func aPatternThatMatchesNothingIsAWarning() throws {
        let (models, problems) = try team("[\"lama*\"]")
        #expect(models?.patterns == ["lama*"])
        #expect(problems.map(\.severity) == [.warning])
        #expect(problems.first?.message == "`lama*` in `teams.a.models` matches no model")
        #expect(problems.first?.location?.line == 3)
        #expect(problems.first?.fix == "did you mean `llama3`?")
    }

    @Test func aModelWithMistakesIsNotAlsoMissing() throws {
        for broken in ["name: m\naliases: [n]\nbackend: lama-cpp\n", "name: [\n"] {
            let result = try RightsFixture.load(
                "teams: {a: {models: [m, n, \"m*\"]}}", models: ["models/a.yaml": broken])
            #expect(!result.problems.contains { $0.message.contains("teams.a.models") }, "\(result.problems)")
            #expect(result.configuration == nil)
        }
    }

    @Test func anUnavailableModelIsThere() throws {
        let result = try RightsFixture.load(
            "teams: {a: {models: [m]}}", models: ["models/a.yaml": "name: m\nbackend: bark\n"])
        #expect(result.configuration?.teams.first?.models?.patterns == ["m"])
    }
}

@Suite struct RightsAuditTests {
    private func expect(
        _ result: LoadResult, _ file: String, _ line: Int?, _ message: String,
        _ fix: String, severity: Problem.Severity = .warning,
        _ location: Testing.SourceLocation = #_sourceLocation
    ) throws {
        let problem = try #require(
            result.problems.first { $0.message.contains(message) }, "found: \(result.problems.map(\.description))",
            sourceLocation: location)
        #expect(problem.severity == severity, sourceLocation: location)
        #expect(problem.location?.line == line, sourceLocation: location)
        if line != nil {
            #expect(problem.location?.file.hasSuffix(file) == true, sourceLocation: location)
        }
        #expect(problem.fix?.contains(fix) == true, "fix: \(problem.fix ?? "none")", sourceLocation: location)
        #expect((result.configuration == nil) == (severity == .error), sourceLocation: location)
    }

    // Keys and teams.

    @Test func aKeyOfATeamThatIsNotThereIsAnError() throws {
        let keys = RightsFixture.key("ok", "team: research") + "- id: ci\n  sha256: \(KeyHash(secret: "ci").hex)\n"
        let near = try RightsFixture.load("teams: {research: {}}", keys: keys + "  team: reserch\n")
        try expect(
            near, "config/keys.yaml", 4, "the key `ci` belongs to the team `reserch`", "`research`", severity: .error)
        let far = try RightsFixture.load("", keys: RightsFixture.key("ci", "team: blue"))
        try expect(far, "config/keys.yaml", 1, "not in config/roundhouse.yaml", "teams:\n  blue: {}", severity: .error)
        try expect(far, "config/keys.yaml", 1, "the key `ci`", "roundhouse keys revoke ci", severity: .error)
        #expect(far.keys.isEmpty)
    }

    @Test func noTeamIsMissingWhileTheFileOfTeamsCannotBeRead() throws {
        let result = try RightsFixture.load("teams: [", keys: RightsFixture.key("ci", "team: blue"))
        #expect(!result.problems.contains { $0.message.contains("blue") })
        #expect(result.configuration == nil)
    }

    @Test func keysArriveWithResolvedNames() throws {
        let keys =
            RightsFixture.key("a", "team: t, models: [default]") + RightsFixture.key("b", "models: []")
            + RightsFixture.key("c")
        let result = try RightsFixture.load("teams: {t: {models: [llama3]}}", keys: keys)
        #expect(result.problems.isEmpty, "\(result.problems.map(\.description))")
        #expect(result.keys.map(\.models) == [NamePatterns(["llama3"]), NamePatterns([]), nil])
        #expect(result.keys.map(\.team) == ["t", nil, nil])
    }

    @Test func mistakesOfAKeyRefuseTheStart() throws {
        let result = try RightsFixture.load("", keys: RightsFixture.key("a", "models: [lama3]"))
        try expect(
            result, "config/keys.yaml", 1, "`lama3` in `models` is neither", "did you mean `llama3`?", severity: .error)
        let other = try RightsFixture.load("", keys: "- {id: a}\n")
        try expect(other, "config/keys.yaml", 1, "needs `sha256`", "roundhouse keys create", severity: .error)
    }

    @Test func aKeyThatNamesWhatItsTeamLacksIsAWarning() throws {
        let result = try RightsFixture.load(
            "teams: {t: {models: [llama3]}}", keys: RightsFixture.key("a", "team: t, models: [default, embed-s]"))
        try expect(
            result, "config/keys.yaml", 1, "the key `a` names `embed-s`, which its team `t`", "less than its team")
        #expect(!result.problems.contains { $0.message.contains("llama3") })
    }

    // Budgets.

    @Test func aBudgetInACurrencyThatNothingIsPricedInLimitsNothing() throws {
        let file = "teams:\n  a:\n    models: [cloud-eu, llama3]\n    budget: {amount: 1, per: day}"
        try expect(
            RightsFixture.load(file), "config/roundhouse.yaml", 4,
            "the budget of the team `a` is in USD, and no model that it may use has a price in USD: it limits nothing",
            "`currency: EUR`, which cloud-eu is priced in")
        let unpriced = "teams:\n  a:\n    models: [llama3]\n    budget: {amount: 1, per: day}"
        try expect(RightsFixture.load(unpriced), "config/roundhouse.yaml", 4, "it limits nothing", "cost: {input")
    }

    @Test func aModelInAnotherCurrencyIsNotCounted() throws {
        let file = "teams:\n  a:\n    budget:\n      {amount: 1, per: day}"
        try expect(
            RightsFixture.load(file), "config/roundhouse.yaml", 3, "does not count what these cost: `cloud-eu` (EUR)",
            "price them in USD, or take `cloud-eu` out")
    }

    @Test func aBudgetThatCountsEverythingIsFine() throws {
        let file = "teams: {a: {models: [gpt-4o, llama3], budget: {amount: 1, per: day}}}"
        let result = try RightsFixture.load(
            file, keys: RightsFixture.key("k", "team: a, budget: {amount: 1, per: week}"))
        #expect(result.problems.isEmpty, "\(result.problems.map(\.description))")
    }

    @Test func theBudgetOfAKeyCoversWhatItsTeamMayUse() throws {
        let result = try RightsFixture.load(
            "teams: {a: {models: [llama3]}}", keys: RightsFixture.key("k", "team: a, budget: {amount: 1, per: week}"))
        try expect(result, "config/keys.yaml", 1, "the budget of the key `k` is in USD", "cost: {input")
    }

    // What must not leave the house.

    @Test func localOnlyWithoutALocalModelLeavesNothing() throws {
        let file = "teams:\n  a:\n    models: [\"cloud*\"]\n    local_only: true"
        try expect(
            RightsFixture.load(file), "config/roundhouse.yaml", 4,
            "the team `a` can use nothing: every model that it may use leaves the house, and `local_only` forbids that",
            "`local: true`")
        let key = RightsFixture.key("k", "models: [cloud], local_only: true")
        try expect(
            RightsFixture.load("", keys: key), "config/keys.yaml", 1, "the key `k` can use nothing", "`local: true`")
    }

    @Test(arguments: ["models: [cloud, llama3], local_only: true", "models: [cloud]", "local_only: true", "models: []"])
    func otherwiseThereIsNothingToSay(_ team: String) throws {
        let result = try RightsFixture.load("teams: {a: {\(team)}}")
        #expect(result.problems.isEmpty, "\(result.problems.map(\.description))")
    }

    @Test func offlineWithCloudModelsAloneLeavesNothing() throws {
        let cloud = ["models/b.yaml": try #require(RightsFixture.models["models/b.yaml"])]
        let file = "offline: true\nteams: {a: {models: [cloud]}, b: {local_only: true}}"
        let result = try RightsFixture.load(file, models: cloud)
        try expect(result, "config/roundhouse.yaml", 1, "`offline: true` leaves nothing to use", "`local: true`")
        #expect(result.problems.count == 2, "\(result.problems.map(\.description))")
        let own = cloud.mapValues { $0.replacing("aliases: [gpt-4o]", with: "local: true") }
        #expect(try RightsFixture.load("offline: true", models: own).problems.isEmpty)
    }

    @Test func offlineLeavesATeamOfTheCloudNothing() throws {
        let result = try RightsFixture.load("offline: true\nteams:\n  a: {models: [cloud]}")
        try expect(result, "config/roundhouse.yaml", 3, "the team `a` can use nothing", "`models`")
        #expect(result.problems.first?.message.contains("`offline` forbids that") == true)
        #expect(result.configuration?.isOffline == true)
    }

    // Keys that are about to be made.

    @Test func aNewKeyIsJudgedBeforeItIsMade() throws {
        var files = RightsFixture.models
        files["config/roundhouse.yaml"] = "teams: {research: {models: [default]}}"
        let fixture = try Fixture(files)
        let loader = fixture.loader()
        var key = APIKey(id: "k", team: "research", hash: KeyHash(secret: "s"))
        key.models = NamePatterns(["default"])
        #expect(loader.problems(ofNew: key).isEmpty)
        key.team = "reserch"
        key.models = NamePatterns(["lama3"])
        let problems = loader.problems(ofNew: key)
        #expect(problems.map(\.severity) == [.error, .error])
        #expect(problems.map(\.fix) == ["did you mean `llama3`?", "did you mean `research`?"])
    }
}
