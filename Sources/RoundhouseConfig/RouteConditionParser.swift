internal import RoundhouseCore

/// Reads `when` of a route's rule.
struct RouteConditionParser {
    let problems: Problems

    func condition(_ when: Section) -> RouteCondition {
        when.rejectUnknown(known: KnownKeys.condition)
        var condition = RouteCondition()
        condition.features = patterns("feature", when)
        condition.teams = patterns("team", when)
        condition.keys = patterns("key", when)
        condition.needs = needs(when)
        condition.inputTokensOver = when.int("input_tokens_over", 0...Section.many)
        condition.inputTokensUnder = when.int("input_tokens_under", 1...Section.many)
        condition.maxTokensOver = when.int("max_tokens_over", 0...Section.many)
        condition.maxTokensUnder = when.int("max_tokens_under", 1...Section.many)
        condition.stream = when.bool("stream")
        condition.headers = headers(when)
        refuseEmptyRange("input_tokens", condition.inputTokensOver, condition.inputTokensUnder, when)
        refuseEmptyRange("max_tokens", condition.maxTokensOver, condition.maxTokensUnder, when)
        return condition
    }

    private func refuseEmptyRange(_ name: String, _ over: Int?, _ under: Int?, _ when: Section) {
        guard let over, let under, over + 1 >= under else { return }
        problems.error(
            when.entry("\(name)_under")?.location, "no number is over \(over) and under \(under)",
            fix: "\(name)_over: \(max(0, under - 2))")
    }

    private func patterns(_ key: String, _ when: Section) -> NamePatterns? {
        guard let texts = when.texts(key) else { return nil }
        if texts.isEmpty {
            problems.error(
                when.entry(key)?.location, "`\(when.shown(key))` is an empty list, which no request matches",
                fix: "name one, or remove the key")
        }
        return NamePatterns(texts.map(\.text))
    }

    private func needs(_ when: Section) -> RequestNeeds {
        var needs: RequestNeeds = []
        for (text, location) in when.texts("needs") ?? [] {
            if let known = RequestNeeds.named.first(where: { $0.word == text }) {
                needs.insert(known.need)
                continue
            }
            let words = RequestNeeds.named.map(\.word)
            let nearest = NearestName.among(words, of: text, limit: 1).first
            problems.error(
                location,
                "`\(YAMLValue.shortened(text))` in `\(when.shown("needs"))` is nothing that a request can need",
                fix: nearest.map { "did you mean `\($0)`?" } ?? "known: \(words.joined(separator: ", "))")
        }
        return needs
    }

    private func headers(_ when: Section) -> [RouteCondition.Header] {
        guard let section = when.section("header") else { return [] }
        return section.entries.compactMap { entry in
            let name = entry.key.lowercased()
            guard !["authorization", "x-api-key", "api-key", "cookie"].contains(name) else {
                problems.error(
                    entry.location, "a rule cannot look at `\(name)`: what it holds is a secret",
                    fix: "write `key: id-of-the-key` or `team: name` under `when`")
                return nil
            }
            return section.texts(entry.key).map {
                RouteCondition.Header(name: name, values: NamePatterns($0.map(\.text)))
            }
        }
    }
}
