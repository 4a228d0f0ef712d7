import RoundhouseCore
import Testing

@Suite struct RouteDecisionTests {
    private typealias Fixture = RoutingFixture
    private static let models = [
        Fixture.model("small"), Fixture.model("big"), Fixture.cloud("cloud", price: 3),
        Fixture.cloud("cheap", price: 1),
    ]

    private func router(_ rules: [RouteRule], fallback: [String] = [], models: [Model] = Self.models) -> Router {
        Router(models: models, routes: [Fixture.route("assistant", rules, fallback: fallback)])
    }

    /// Each part of a condition, with a request for which it holds and one for which it does not.
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var change: @Sendable (inout RouteCondition) -> Void
        var fits: @Sendable (inout RoutingRequest) -> Void
        var fails: @Sendable (inout RoutingRequest) -> Void
    }

    static let cases: [Case] = [
        Case(
            testDescription: "feature", change: { $0.features = NamePatterns(["legal-*"]) },
            fits: { $0.feature = "legal-review" }, fails: { $0.feature = "summary" }),
        Case(
            testDescription: "no feature", change: { $0.features = NamePatterns(["*"]) }, fits: { $0.feature = "x" },
            fails: { _ in }),
        Case(
            testDescription: "team", change: { $0.teams = NamePatterns(["research"]) }, fits: { $0.team = "research" },
            fails: { $0.team = "sales" }),
        Case(
            testDescription: "key", change: { $0.keys = NamePatterns(["ci", "dev"]) }, fits: { $0.key = "dev" },
            fails: { $0.key = "prod" }),
        Case(
            testDescription: "needs", change: { $0.needs = [.tools, .jsonSchema] },
            fits: { $0.needs = [.tools, .jsonSchema, .audio] }, fails: { $0.needs = [.tools] }),
        Case(
            testDescription: "input tokens over", change: { $0.inputTokensOver = 6000 },
            fits: { $0.inputTokens = 6001 }, fails: { $0.inputTokens = 6000 }),
        Case(
            testDescription: "input tokens under", change: { $0.inputTokensUnder = 100 },
            fits: { $0.inputTokens = 99 }, fails: { $0.inputTokens = 100 }),
        Case(
            testDescription: "max tokens over", change: { $0.maxTokensOver = 100 }, fits: { $0.maxTokens = 101 },
            fails: { $0.maxTokens = nil }),
        Case(
            testDescription: "max tokens under", change: { $0.maxTokensUnder = 100 }, fits: { $0.maxTokens = 99 },
            fails: { $0.maxTokens = nil }),
        Case(testDescription: "stream", change: { $0.stream = true }, fits: { $0.stream = true }, fails: { _ in }),
        Case(
            testDescription: "header",
            change: { $0.headers = [.init(name: "x-tier", values: NamePatterns(["gold"]))] },
            fits: { $0.header = { $0 == "x-tier" ? "gold" : nil } }, fails: { $0.header = { _ in "silver" } }),
    ]

    @Test(arguments: cases) func aConditionDecides(_ one: Case) {
        let models = [Fixture.model("small"), Fixture.model("big") { $0.capabilities = [.chat, .tools] }]
        let router = router(
            [Fixture.rule(.name("big"), one.change), Fixture.rule(.name("small"))], models: models)
        var request = RoutingRequest(.chat)
        one.fits(&request)
        #expect(Fixture.names(router, request) == ["big"])
        request = RoutingRequest(.chat)
        one.fails(&request)
        let expected = request.needs.isEmpty ? ["small"] : []
        #expect(Fixture.names(router, request) == expected)
    }

    @Test func theFirstRuleThatHoldsDecidesAndFallbackFollows() {
        let router = router(
            [Fixture.rule(.name("big")) { $0.stream = true }, Fixture.rule(.name("small"))],
            fallback: ["cheap", "small", "cloud"])
        var request = RoutingRequest(.chat)
        request.stream = true
        #expect(Fixture.names(router, request) == ["big", "cheap", "small", "cloud"])
        request.stream = false
        #expect(Fixture.names(router, request) == ["small", "cheap", "cloud"])
        let decision = router.table.decide(0, request, grant: .everything, moment: RoutingMoment())
        #expect(decision.candidates.map(\.reason) == ["rule:always", "fallback:cheap", "fallback:cloud"])
    }

    @Test func nestedRoutesBringTheirFallbackAndAModelOnlyItself() {
        var models = Self.models
        models[1].fallback = ["cheap"]
        let inner = Fixture.route("inner", [Fixture.rule(.name("big"))], fallback: ["small"])
        let outer = Fixture.route("outer", [Fixture.rule(.name("inner"))], fallback: ["cloud"])
        let router = Router(models: models, routes: [outer, inner])
        #expect(Fixture.names(router, route: "outer") == ["big", "small", "cloud"])
        // Clients that name the model itself get its own fallback.
        #expect(Fixture.names(router, route: "big") == ["big", "cheap"])
    }

    @Test func aModelIsNeverChosenThatCannotServe() {
        let models = [
            Fixture.model("blind"), Fixture.model("seeing") { $0.capabilities = [.chat, .vision] },
            Fixture.model("broken") {
                $0.capabilities = [.chat, .vision]
                $0.unavailable = "weights missing"
            },
        ]
        let router = router([Fixture.rule(.capability(.chat, prefer: .cheapest))], models: models)
        var request = RoutingRequest(.chat)
        request.needs = .vision
        #expect(Fixture.names(router, request) == ["seeing"])
        #expect(Fixture.names(router, RoutingRequest(.embeddings)) == [])
    }

    @Test func aPromptThatDoesNotFitMovesOnBeforeItIsSent() {
        func launched(_ name: String, context: Int) -> Model {
            Fixture.model(name) {
                var settings = LaunchSettings(weights: "/w")
                settings.contextSize = context
                settings.isContextSizeGiven = true
                $0.profile = .llamaCpp
                $0.capabilities = [.chat]
                $0.placement = .launched(settings)
            }
        }
        let models = [launched("short", context: 1024), launched("long", context: 8192)]
        let router = router([Fixture.rule(.name("short"))], fallback: ["long"], models: models)
        var request = RoutingRequest(.chat)
        request.inputTokens = 2000
        #expect(Fixture.names(router, request) == ["long"])
        // Where nothing is larger, what is only expected not to fit is tried.
        request.inputTokens = 9000
        #expect(Fixture.names(router, request) == ["short"])
        request.leastInputTokens = 9000
        #expect(Fixture.names(router, request) == [])
    }

    @Test func preferencesOrderByPriceSizeAndTheMoment() {
        var models = Self.models
        models[0].weightBytes = 100
        models[1].weightBytes = 900
        func names(_ preference: RoutePreference, _ moment: RoutingMoment = RoutingMoment()) -> [String] {
            let router = router([Fixture.rule(.capability(.chat, prefer: preference))], models: models)
            return Fixture.names(router, moment: moment)
        }
        #expect(names(.cheapest) == ["small", "big", "cheap", "cloud"])
        #expect(names(.smallest) == ["small", "big", "cloud", "cheap"])
        #expect(names(.largest) == ["big", "small", "cloud", "cheap"])
        #expect(names(.fastest, RoutingMoment(order: { _ in [3, 1, 0, 2] })) == ["cheap", "big", "small", "cloud"])
    }

    @Test func whatRestsIsPassedOverAndTheReasonIsTold() throws {
        let router = router([Fixture.rule(.name("small"))], fallback: ["big"])
        #expect(Fixture.names(router, moment: RoutingMoment(resting: { $0 == 0 ? 7 : nil })) == ["big"])
        let moment = RoutingMoment(resting: { _ in 7 })
        let error = #expect(throws: GatewayError.self) {
            try router.decide(0, RoutingRequest(.chat), grant: .everything, moment: moment, name: "assistant")
        }
        let answer = try #require(error).answer
        #expect(answer.status == 503 && answer.retryAfter == 7 && answer.message.contains("\"small\": it has failed"))
    }

    /// Who may not use a model is not told that it is there.
    @Test func refusalsNameNoModelThatTheCallerMayNotUse() throws {
        let router = router([Fixture.rule(.name("cloud"))], fallback: ["big"])
        let none = Grant(models: [true, false, false, false], localOnly: nil)
        let error = #expect(throws: GatewayError.self) {
            try router.decide(0, RoutingRequest(.chat), grant: none, moment: RoutingMoment(), name: "assistant")
        }
        let answer = try #require(error).answer
        #expect(answer.status == 403 && !answer.message.contains("cloud") && !answer.message.contains("big"))
        #expect(!router.isVisible("assistant", to: none) && router.isVisible("small", to: none))
        let local = Grant(models: nil, localOnly: .team("research"))
        #expect(Fixture.names(router, grant: local) == ["big"])
    }
}
