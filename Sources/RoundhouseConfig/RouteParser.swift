internal import RoundhouseCore

/// Turns a mapping of a model file that has `route` in the place of `backend` into a `ModelRoute`. All findings go to `problems`;
/// whether its targets are there is judged by `RouteAudit`, when all of them are known.
struct RouteParser {
    let names: EntryNames
    let problems: Problems

    /// Whether an entry is a route.
    static func isRoute(_ value: YAMLValue) -> Bool {
        guard case .mapping(let entries) = value.content else { return false }
        return entries.contains { $0.key == "route" } && !entries.contains { $0.key == "backend" && !$0.value.isNull }
    }

    /// The route; nil if not even its name is known.
    func route(_ value: YAMLValue, shownFolder: String) -> ModelRoute? {
        guard case .mapping(let entries) = value.content else { return nil }
        let top = Section(entries: entries, location: value.location, problems: problems)
        top.rejectUnknown(known: KnownKeys.route, advice: Self.advice)
        for key in ["description", "usage"] { _ = top.text(key) }
        let name = names.name(top)
        var route = ModelRoute(
            name: name ?? "", source: value.location ?? SourceLocation(file: shownFolder, line: 1))
        route.aliases = names.aliases(top, name: name)
        route.rules = rules(top)
        route.fallback = fallback(top)
        return name == nil ? nil : route
    }

    /// `fallback` of a model or a route.
    func fallback(_ top: Section) -> [String] {
        let texts = top.texts("fallback") ?? []
        if texts.count > RouteTable.candidateLimit {
            problems.warning(
                top.entry("fallback")?.location,
                "a request is tried with at most \(RouteTable.candidateLimit) models, so that the end of this list counts only "
                    + "where models before it cannot serve a request",
                fix: "put first what shall be tried first")
        }
        return texts.map(\.text)
    }

    private func rules(_ top: Section) -> [RouteRule] {
        guard let entry = top.entry("route") else {
            problems.error(
                top.entries.first { $0.key == "route" }?.location ?? top.location, "`route` is empty",
                fix: Self.example)
            return []
        }
        let items: [YAMLValue]
        switch entry.value.content {
        case .list(let values): items = values
        case .mapping: items = [entry.value]
        case .scalar:
            guard let name = entry.value.text, let place = entry.location ?? top.location else { return [] }
            return [RouteRule(to: .name(name), source: place)]
        }
        if items.isEmpty { problems.error(entry.location, "`route` is empty", fix: Self.example) }
        return items.enumerated().compactMap { index, item in
            guard case .mapping(let entries) = item.content else {
                problems.error(
                    item.location ?? entry.location, "a rule of `route` must be a mapping, found \(item.found)",
                    fix: Self.example)
                return nil
            }
            return rule(
                Section(
                    prefix: "route[\(index + 1)].", entries: entries, location: item.location ?? entry.location,
                    problems: problems))
        }
    }

    private static let example = "route:\n  - when: {feature: summary}\n    to: small-model\n  - to: big-model"

    private func rule(_ rule: Section) -> RouteRule? {
        rule.rejectUnknown(known: KnownKeys.rule)
        guard let target = target(rule), let place = rule.location else { return nil }
        if let sticky = rule.entry("sticky"), rule.entry("split") == nil {
            problems.error(
                sticky.location, "`sticky` is for a `split`", fix: "remove it, or write `split: {a: 90, b: 10}`")
        }
        var condition = RouteCondition()
        if let when = rule.section("when") { condition = RouteConditionParser(problems: problems).condition(when) }
        return RouteRule(condition, to: target, source: place)
    }

    private func target(_ rule: Section) -> RouteTarget? {
        let to = rule.entry("to")
        let split = rule.entry("split")
        guard (to == nil) != (split == nil) else {
            problems.error(
                rule.location,
                to == nil ? "this rule says nothing of where to: it has no `to`" : "a rule has either `to` or `split`",
                fix: "to: some-model")
            return nil
        }
        if split != nil { return splitTarget(rule) }
        if let name = to?.value.text { return .name(name) }
        guard let wanted = rule.section("to") else { return nil }
        wanted.rejectUnknown(known: KnownKeys.ruleTarget)
        guard let word = wanted.word("capability", Capability.allCases.map(\.rawValue)),
            let capability = Capability(rawValue: word)
        else {
            if wanted.entry("capability") == nil {
                problems.error(
                    wanted.location, "`to` names no capability", fix: "to: {capability: chat, prefer: cheapest}")
            }
            return nil
        }
        let words = RoutePreference.allCases.map(\.rawValue)
        let preference = wanted.word("prefer", words).flatMap(RoutePreference.init(rawValue:))
        return .capability(capability, prefer: preference ?? .cheapest)
    }

    private func splitTarget(_ rule: Section) -> RouteTarget? {
        guard let split = rule.section("split") else { return nil }
        var arms: [RouteSplit.Arm] = []
        for entry in split.entries {
            guard let weight = entry.value.text.flatMap(Int.init), (0...1_000_000).contains(weight) else {
                split.expected("a weight, 0 to 1000000", entry, fix: "write, for example: split: {\(entry.key): 90}")
                continue
            }
            arms.append(RouteSplit.Arm(entry.key, weight: weight))
        }
        guard arms.contains(where: { $0.weight > 0 }) else {
            problems.error(
                split.location,
                "the weights of `\(split.prefix.dropLast())` sum to zero, so that no request could go anywhere",
                fix: "split: {\(arms.first?.name ?? "model-a"): 90, \(arms.dropFirst().first?.name ?? "model-b"): 10}")
            return nil
        }
        let word = rule.word("sticky", RouteStickiness.allCases.map(\.rawValue))
        return .split(RouteSplit(arms, sticky: word.flatMap(RouteStickiness.init(rawValue:))))
    }

    private static func advice(_ key: String) -> KeyAdvice? {
        guard KnownKeys.model.contains(key) else { return nil }
        return KeyAdvice(
            message: "`\(key)` is for a model; this entry is a route, which runs nothing itself",
            fix: "move `\(key)` to the models that the route names", isHarmless: false)
    }
}
