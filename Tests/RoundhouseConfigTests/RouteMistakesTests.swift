import RoundhouseConfig
import RoundhouseCore
import Testing

private let two = """
    name: a
    backend: openai
    endpoint: http://127.0.0.1:9/v1
    ---
    name: b
    backend: openai
    endpoint: https://api.example.com/v1
    capabilities: [chat]
    ---

    """

@Suite struct RouteMistakesTests {
    /// Mistakes in a route that begins in line 10, behind two models.
    static let mistakes: [Mistake] = [
        Mistake(yaml: "name: r\nroute: []", line: 11, message: "`route` is empty", fix: "to: big-model"),
        Mistake(yaml: "name: r\nroute:", line: 11, message: "`route` is empty", fix: "to: big-model"),
        Mistake(yaml: "name: r\nroute: [x]", line: 11, message: "must be a mapping, found `x`", fix: "- to: big-model"),
        Mistake(yaml: "name: r\nroute: [{to: aa}]", line: 11, message: "`aa` in `to` is neither", fix: "mean `a`"),
        Mistake(yaml: "name: r\nroute: [{when: {stream: true}}]", line: 11, message: "it has no `to`", fix: "to: some"),
        Mistake(
            yaml: "name: r\nroute: [{to: a, split: {a: 1}}]", line: 11, message: "either `to` or `split`", fix: "to:"),
        Mistake(
            yaml: "name: r\nroute: [{to: a, whn: {}}]", line: 11, message: "`route[1].whn`", fix: "`route[1].when`"),
        Mistake(
            yaml: "name: r\nroute:\n  - to: a\n    when: {featur: x}", line: 13, message: "`route[1].when.featur`",
            fix: "feature"),
        Mistake(yaml: "name: r\nroute: [{to: a, when: {needs: visio}}]", line: 11, message: "`visio`", fix: "`vision`"),
        Mistake(
            yaml: "name: r\nroute: [{to: a, when: {input_tokens_over: 9, input_tokens_under: 10}}]", line: 11,
            message: "no number is over 9 and under 10", fix: "input_tokens_over: 8"),
        Mistake(
            yaml: "name: r\nroute: [{to: a, when: {header: {Authorization: x}}}]", line: 11, message: "is a secret",
            fix: "key: id"),
        Mistake(yaml: "name: r\nroute: [{split: {a: 0, b: 0}}]", line: 11, message: "sum to zero", fix: "a: 90"),
        Mistake(yaml: "name: r\nroute: [{split: {a: lots}}]", line: 11, message: "a weight, 0 to", fix: "a: 90"),
        Mistake(
            yaml: "name: r\nroute: [{split: {a: 1, c: 1}}]", line: 11, message: "`c` in `split`", fix: "did you mean"),
        Mistake(
            yaml: "name: r\nroute: [{to: a, sticky: key}]", line: 11, message: "`sticky` is for a `split`",
            fix: "split:"),
        Mistake(
            yaml: "name: r\nroute: [{to: {prefer: cheapest}}]", line: 11, message: "names no capability",
            fix: "capability: chat"),
        Mistake(
            yaml: "name: r\nroute: [{to: {capability: chat, prefer: cheap}}]", line: 11, message: "one of cheapest",
            fix: "`cheapest`"),
        Mistake(yaml: "name: r\nroute: a\nfallback: [z]", line: 10, message: "`z` in `fallback`", fix: ""),
        Mistake(
            yaml: "name: r\nroute: a\ncontext_size: 9", line: 12, message: "is for a model", fix: "move `context_size`"),
        Mistake(yaml: "name: a\nroute: b", line: 10, message: "already the name of a model at", fix: "rename"),
        Mistake(yaml: "name: r\nroute: q\n---\nname: q\nroute: r", line: 10, message: "r → q → r", fix: "a model"),
        Mistake(yaml: "name: r\nroute: r", line: 10, message: "r → r", fix: "a model"),
        Mistake(
            yaml: "name: r\nbackend: openai\nroute: a\nendpoint: http://h/v1", line: 12, message: "either `backend`",
            fix: "own"),
        Mistake(
            yaml: "name: r\nbackend: openai\nendpoint: http://h/v1\nfallback: [r]", line: 10,
            message: "its own `fallback`",
            fix: "remove"),
        Mistake(
            yaml: "name: r\nroute:\n  - to: a\n  - to: b\n    when: {stream: true}", line: 13,
            message: "no request ever comes to this rule", fix: "move it up", severity: .warning, starts: true),
        Mistake(
            yaml: "name: r\nroute: [{to: {capability: speech}}]", line: 11, message: "no model can do `speech`",
            fix: "",
            severity: .warning, starts: true),
        Mistake(
            yaml: "name: r\nbackend: openai\nendpoint: http://h/v1\naffinity: prefix", line: 13,
            message: "has no choice", fix: "endpoints", severity: .warning, starts: true),
        Mistake(
            yaml: "name: r\nbackend: openai\nendpoint: http://localhost:8080/v1", line: 10,
            message: "this gateway itself", fix: "another port", starts: true),
    ]

    @Test(arguments: mistakes) func isReported(_ mistake: Mistake) throws {
        let result = try Fixture.model(two + mistake.yaml).load()
        let hit = result.problems.first { $0.message.contains(mistake.message) }
        let problem = try #require(hit, "found: \(result.problems.map(\.description))")
        #expect(problem.severity == mistake.severity)
        #expect(problem.location?.line == mistake.line, "\(problem)")
        #expect((problem.fix ?? "").contains(mistake.fix), "fix: \(problem.fix ?? "none")")
        #expect((result.configuration != nil) == mistake.starts, "\(result.problems.map(\.description))")
    }

    @Test func theDesignsExampleIsUnderstood() throws {
        let result = try Fixture.model(
            two + """
                name: assistant
                aliases: [helper]
                route:
                  - when: {feature: legal-review}
                    to: b
                  - when: {needs: vision, header: {X-Tier: [gold, "plat*"]}}
                    to: {capability: vision, prefer: largest}
                  - when: {input_tokens_over: 6000}
                    to: a
                  - split: {a: 90, b: 10}
                    sticky: key
                fallback: [b]
                """
        ).load()
        #expect(!result.hasErrors, "\(result.problems.map(\.description))")
        let route = try #require(result.configuration?.routes.first)
        #expect(route.name == "assistant" && route.aliases == ["helper"] && route.fallback == ["b"])
        #expect(route.rules.map(\.source.line) == [13, 15, 17, 19])
        #expect(
            route.rules.map(\.condition.label) == [
                "feature=legal-review", "needs=vision,x-tier=gold|plat*", "input_tokens>6000", "always",
            ])
        #expect(route.rules[1].target == .capability(.vision, prefer: .largest))
        #expect(
            route.rules[3].target
                == .split(RouteSplit([.init("a", weight: 90), .init("b", weight: 10)], sticky: .key)))
        let report = CheckReport(result).text()
        #expect(report.contains("feature=legal-review → b; "))
    }

    @Test func whoCouldNeverBeServedIsTold() throws {
        let fixture = try Fixture([
            "models/a.yaml": two + """
                name: r
                route:
                  - {when: {team: research}, to: b}
                  - {when: {team: home}, to: b}
                  - {when: {team: sales}, to: a}
                  - {when: {team: reserch}, to: a}
                """,
            "config/roundhouse.yaml": """
            teams:
              research: {models: [a]}
              home: {local_only: true}
              sales: {models: [r]}
            """,
        ])
        let problems = fixture.load().problems
        func has(_ text: String) -> Bool { problems.contains { $0.message.contains(text) } }
        #expect(has("sends the team `research` to `b`, which it may not use"))
        #expect(has("sends the team `home` outside, to `b`"))
        #expect(has("the team `reserch` in `when` is not in"))
        #expect(has("`r` in `teams.sales.models` is a route"))
    }

    @Test func theSameWeightsUnderTwoNamesAreTold() throws {
        let model = "backend: llama-cpp\nparameters: {model: w.gguf}\n"
        let result = try Fixture.model("name: x\n\(model)---\nname: y\n\(model)").load()
        let problem = try #require(result.problems.first { $0.message.contains("load the same weights") })
        #expect(problem.severity == .warning && problem.fix?.contains("aliases: [y]") == true)
    }
}
