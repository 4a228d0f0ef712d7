/// Which models fit into memory together.
public struct MemoryFit: Sendable {
    /// A model with what it takes.
    public struct Member: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// What it takes.
        public var size: Footprint
        /// Groups of which only one member may be loaded.
        public var groups: Set<String>

        /// Makes a member.
        public init(name: String, size: Footprint, groups: Set<String> = []) {
            self.name = name
            self.size = size
            self.groups = groups
        }
    }

    /// What all of them together may take.
    public var budget: MemoryBudget

    /// Sets that are looked at before the search is given up; with sixteen models there are no more.
    private static let mostSteps = 65_536

    /// For a budget.
    public init(budget: MemoryBudget) {
        self.budget = budget
    }

    /// Why these cannot be loaded at the same time, in one sentence; nil if they can.
    public func obstacle(to members: [Member]) -> String? {
        for (index, one) in members.enumerated() {
            for other in members[(index + 1)...] {
                guard let group = one.groups.intersection(other.groups).min() else { continue }
                return "\(one.name) and \(other.name) share the concurrency group \(group)"
            }
        }
        if let most = budget.maxLoaded, members.count > most {
            return "these are \(members.count) models, and memory.max_loaded is \(most)"
        }
        let sum = members.reduce(Footprint.none) { $0 + $1.size }
        guard !budget.holds(sum, engines: members.count) else { return nil }
        return "together they need \(sum.shown), and the budget is \(budget.shown)"
    }

    /// Every set that fits and to which no other model could be added, the largest sets first; nil if there are too many models to say.
    public func largestSets(of members: [Member]) -> [[Member]]? {
        var found: [[Member]] = []
        var steps = 0
        guard search(members, from: 0, [], &found, &steps) else { return nil }
        return found.sorted { ($0.count, $1[0].name) > ($1.count, $0[0].name) }
    }

    /// Goes through all sets, members in their order. False if it takes too long.
    private func search(
        _ members: [Member], from index: Int, _ chosen: [Member], _ found: inout [[Member]], _ steps: inout Int
    ) -> Bool {
        steps += 1
        guard steps <= Self.mostSteps else { return false }
        guard index < members.count else {
            let isMaximal = !members.contains { member in
                !chosen.contains(member) && obstacle(to: chosen + [member]) == nil
            }
            if isMaximal, !chosen.isEmpty { found.append(chosen) }
            return true
        }
        let with = chosen + [members[index]]
        if obstacle(to: with) == nil, !search(members, from: index + 1, with, &found, &steps) { return false }
        return search(members, from: index + 1, chosen, &found, &steps)
    }
}
