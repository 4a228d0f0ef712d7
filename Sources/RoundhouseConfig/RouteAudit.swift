internal import RoundhouseCore

/// Judges routes when all models and routes are known: targets that are not there, circles, rules that nothing can reach, and
/// callers who could never be served.
struct RouteAudit {
    let found: FoundModels
    let problems: Problems
    private let models: [String: Model]
    private let routes: [String: ModelRoute]

    init(found: FoundModels, problems: Problems) {
        self.found = found
        self.problems = problems
        var models: [String: Model] = [:]
        var routes: [String: ModelRoute] = [:]
        for model in found.models { for name in [model.name] + model.aliases { models[name] = model } }
        for route in found.routes { for name in [route.name] + route.aliases { routes[name] = route } }
        self.models = models
        self.routes = routes
    }

    func run(teams: [Team]) {
        for route in found.routes {
            for rule in route.rules { judge(rule, of: route, teams) }
            for name in route.fallback { checkTarget(name, "fallback", route.source) }
            findUnreachable(route)
        }
        for model in found.models {
            for name in model.fallback {
                if models[name]?.name == model.name {
                    problems.error(
                        model.source, "the model `\(model.name)` is its own `fallback`", fix: "remove it there")
                }
                checkTarget(name, "fallback", model.source)
            }
        }
        findCircles()
        findTwins()
    }

    private func checkTarget(_ name: String, _ key: String, _ location: SourceLocation) {
        guard models[name] == nil, routes[name] == nil, found.isComplete, !found.names.contains(name) else { return }
        let nearest = NearestName.among(found.names.sorted(), of: name, limit: 1).first
        problems.error(
            location, "`\(YAMLValue.shortened(name))` in `\(key)` is neither a model nor a route",
            fix: nearest.map { "did you mean `\($0)`?" } ?? "roundhouse check lists the names")
    }

    private func judge(_ rule: RouteRule, of route: ModelRoute, _ teams: [Team]) {
        switch rule.target {
        case .name(let name): checkTarget(name, "to", rule.source)
        case .split(let split): for arm in split.arms { checkTarget(arm.name, "split", rule.source) }
        case .capability(let capability, _):
            if !found.models.contains(where: { $0.capabilities.contains(capability) }), found.isComplete {
                problems.warning(
                    rule.source, "no model can do `\(capability.rawValue)`, so that this rule leads nowhere")
            }
        }
        judgeCallers(rule, teams)
    }

    /// A rule for a team that may use none of its targets sends that team to refusals.
    private func judgeCallers(_ rule: RouteRule, _ teams: [Team]) {
        guard let patterns = rule.condition.teams else { return }
        let targets: [String]
        switch rule.target {
        case .name(let name): targets = [name]
        case .split(let split): targets = split.arms.map(\.name)
        case .capability: return
        }
        let reached = targets.compactMap { models[$0] }
        guard !reached.isEmpty, reached.count == targets.count else { return }
        for pattern in patterns.patterns where !pattern.contains("*") {
            guard let team = teams.first(where: { $0.name == pattern }) else {
                if !teams.isEmpty || !pattern.isEmpty {
                    problems.warning(
                        rule.source,
                        "the team `\(YAMLValue.shortened(pattern))` in `when` is not in config/roundhouse.yaml",
                        fix: NearestName.among(teams.map(\.name), of: pattern, limit: 1).first.map {
                            "did you mean `\($0)`?"
                        })
                }
                continue
            }
            for model in reached {
                if team.models?.matches(model.name) == false {
                    problems.warning(
                        rule.source,
                        "this rule sends the team `\(team.name)` to `\(model.name)`, which it may not use",
                        fix: "add `\(model.name)` to `teams.\(team.name).models`, or name another model")
                } else if team.localOnly, model.leavesTheHouse {
                    problems.warning(
                        rule.source,
                        "this rule sends the team `\(team.name)` outside, to `\(model.name)`, and the team is `local_only`",
                        fix: "name a model of the house for it")
                }
            }
        }
    }

    /// A rule behind one that holds for every request, or for whatever it holds for, decides about nothing.
    private func findUnreachable(_ route: ModelRoute) {
        for (index, rule) in route.rules.enumerated() {
            guard
                let earlier = route.rules[..<index].first(where: {
                    $0.condition.isEmpty || $0.condition == rule.condition
                })
            else { continue }
            problems.warning(
                rule.source,
                "no request ever comes to this rule: the one at line \(earlier.source.line) "
                    + (earlier.condition.isEmpty ? "holds for all" : "holds for the same ones") + " before it",
                fix: "move it up, or remove it")
        }
    }

    private func findCircles() {
        var done: Set<String> = []
        for route in found.routes {
            var path: [String] = []
            visit(route, &path, &done)
        }
    }

    private func visit(_ route: ModelRoute, _ path: inout [String], _ done: inout Set<String>) {
        if let start = path.firstIndex(of: route.name) {
            let circle = (path[start...] + [route.name]).joined(separator: " → ")
            problems.error(
                route.source, "these routes lead back to themselves: \(circle)", fix: "let one of them name a model")
            done.formUnion(path)
            return
        }
        guard !done.contains(route.name) else { return }
        path.append(route.name)
        for name in route.targets { if let next = routes[name] { visit(next, &path, &done) } }
        path.removeLast()
        done.insert(route.name)
    }

    /// The same weights under several names are in memory several times.
    private func findTwins() {
        var first: [String: Model] = [:]
        for model in found.models {
            guard case .launched(let settings) = model.placement, settings.weights.hasPrefix("/") else { continue }
            guard let twin = first[settings.weights] else {
                first[settings.weights] = model
                continue
            }
            problems.warning(
                model.source,
                "`\(model.name)` and `\(twin.name)` load the same weights (\(FileFinder.shown(settings.weights))), each in an engine of its own",
                fix:
                    "if they are meant to be one model, write `aliases: [\(model.name)]` at `\(twin.name)` and remove this entry"
            )
        }
    }
}
