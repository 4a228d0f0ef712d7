internal import RoundhouseCore

/// Compares what teams and keys are given with the models there are. Fills in the resolved `models` of both.
struct RightsAudit {
    let found: FoundModels
    let isOffline: Bool
    let problems: Problems

    /// A team, or a key together with its team.
    private struct Holder {
        /// `the team `research``
        var title: String
        var location: SourceLocation?
        /// What it may use, its team's list counted in.
        var models: [Model]
        var rights: Rights
    }

    /// Judges the teams, and returns them with resolved names.
    func teams(_ entries: [TeamEntry]) -> [Team] {
        entries.map { entry in
            var team = entry.team
            let resolver = NameResolver(found, problems: problems)
            team.models = entry.rights.patterns.map { resolver.resolve($0, of: "teams.\(team.name).models") }
            judge(
                Holder(
                    title: "the team `\(team.name)`", location: team.source, models: allowed(team.models),
                    rights: entry.rights))
            return team
        }
    }

    /// Judges the keys, and returns them with resolved names.
    /// - Parameter knowsTeams: whether a team that is not among these is missing for certain.
    func keys(_ entries: [KeyEntry], teams: [Team], knowsTeams: Bool) -> [APIKey] {
        entries.map { entry in
            var key = entry.key
            let resolver = NameResolver(found, problems: problems)
            key.models = entry.rights.patterns.map { resolver.resolve($0, of: "models") }
            let team = teams.first { $0.name == key.team }
            if let name = key.team, team == nil, knowsTeams { reportTeam(name, entry, teams) }
            if let team, let own = key.models {
                for name in own.patterns where !name.contains("*") && team.models?.matches(name) == false {
                    problems.warning(
                        entry.location,
                        "the key `\(key.id)` names `\(name)`, which its team `\(team.name)` may not use",
                        fix: "a key can only have less than its team: add the model to `teams.\(team.name).models`")
                }
            }
            let models = allowed(key.models).filter { team?.models?.matches($0.name) ?? true }
            judge(Holder(title: "the key `\(key.id)`", location: entry.location, models: models, rights: entry.rights))
            return key
        }
    }

    /// Judges what holds for everybody.
    func house(_ offlineLocation: SourceLocation?) {
        guard isOffline, leaveAll(found.models) else { return }
        problems.warning(
            offlineLocation, "`offline: true` leaves nothing to use: every model has an endpoint outside of the house",
            fix: "write `local: true` at the models whose endpoints are your own machines")
    }

    private func allowed(_ patterns: NamePatterns?) -> [Model] {
        guard let patterns else { return found.models }
        return found.models.filter { patterns.matches($0.name) }
    }

    private func leaveAll(_ models: [Model]) -> Bool { !models.isEmpty && models.allSatisfy(\.leavesTheHouse) }

    private func reportTeam(_ name: String, _ entry: KeyEntry, _ teams: [Team]) {
        let nearest = NearestName.among(teams.map(\.name), of: name, limit: 1).first
        let id = entry.key.id
        problems.error(
            entry.teamLocation ?? entry.location,
            "the key `\(id)` belongs to the team `\(YAMLValue.shortened(name))`, which is not in config/roundhouse.yaml",
            fix: nearest.map { "did you mean `\($0)`?" }
                ?? "add it there, as in\nteams:\n  \(name): {}\nor remove the key: roundhouse keys revoke \(id)")
    }

    private func judge(_ holder: Holder) {
        if let budget = holder.rights.budget { judge(budget, holder) }
        let isLocalOnly = holder.rights.localOnly
        // That offline leaves nothing to anybody is said once, in `house`.
        guard isLocalOnly || (isOffline && !leaveAll(found.models)), leaveAll(holder.models) else { return }
        problems.warning(
            isLocalOnly ? holder.rights.localOnlyLocation : holder.location,
            "\(holder.title) can use nothing: every model that it may use leaves the house, and "
                + (isLocalOnly ? "`local_only` forbids that" : "`offline` forbids that"),
            fix: "add a model to its `models`, or write `local: true` at those whose endpoints are your own machines")
    }

    private func judge(_ budget: BudgetLimit, _ holder: Holder) {
        let priced = holder.models.compactMap { model in model.cost.map { (name: model.name, currency: $0.currency) } }
        let location = holder.rights.budgetLocation
        guard priced.contains(where: { $0.currency == budget.currency }) else {
            let others = Set(priced.map(\.currency)).sorted()
            problems.warning(
                location,
                "the budget of \(holder.title) is in \(budget.currency), and no model that it may use has a price in "
                    + "\(budget.currency): it limits nothing",
                fix: others.first.map { "write `currency: \($0)`, which \(priced[0].name) is priced in" }
                    ?? "give models a price: cost: {input_per_million: 0.15, output_per_million: 0.60}")
            return
        }
        let uncounted = priced.filter { $0.currency != budget.currency }
        guard let first = uncounted.first else { return }
        let names = uncounted.prefix(5).map { "`\($0.name)` (\($0.currency))" }.joined(separator: ", ")
        problems.warning(
            location,
            "the budget of \(holder.title) is in \(budget.currency), and does not count what these cost: \(names)"
                + (uncounted.count > 5 ? " and \(uncounted.count - 5) more" : ""),
            fix: "price them in \(budget.currency), or take `\(first.name)` out of its `models`")
    }
}
