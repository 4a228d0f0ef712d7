internal import RoundhouseCore

extension ModelParser {
    /// `cost`; nil is unpriced.
    func cost(_ top: Section) -> Price? {
        guard let cost = top.section("cost") else { return nil }
        cost.rejectUnknown(known: KnownKeys.cost)
        if !KnownKeys.prices.contains(where: { cost.entry($0) != nil }) {
            problems.error(
                cost.location, "`cost` names no price",
                fix:
                    "cost: {input_per_million: 0.15, output_per_million: 0.60}; or remove it: an unpriced model is not free"
            )
        }
        let pair = ["input_per_million", "output_per_million"]
        for (key, other) in [(pair[0], pair[1]), (pair[1], pair[0])] where cost.entry(key) == nil {
            guard cost.entry(other) != nil else { continue }
            problems.error(cost.location, "`cost` lacks `\(key)`", fix: "cost: {\(key): 0.60, ...}; 0 means free")
        }
        if let cached = cost.entry("cached_input_per_million"), cost.entry(pair[0]) == nil, cost.entry(pair[1]) == nil {
            problems.error(
                cached.location, "`cost.cached_input_per_million` needs `input_per_million` and `output_per_million`",
                fix: "cost: {input_per_million: 0.15, cached_input_per_million: 0.075, output_per_million: 0.60}")
        }
        var price = Price()
        price.inputPerMillion = cost.money(pair[0]) ?? .zero
        price.cachedInputPerMillion = cost.money("cached_input_per_million")
        price.outputPerMillion = cost.money(pair[1]) ?? .zero
        price.perSecond = cost.money("per_second") ?? .zero
        price.charactersPerMillion = cost.money("characters_per_million") ?? .zero
        price.perImage = cost.money("per_image") ?? .zero
        price.currency = cost.currency()
        return price
    }
}
