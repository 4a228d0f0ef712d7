/// Decides which engines are in memory. Pure: it knows what it is told and starts nothing.
///
/// It never lets go of an engine that is busy, loading or pinned, nor of one that has not yet been there for as long as its load
/// took (half a minute at most): so at most half of the time goes into loading. Of the idle ones go those whose loss costs least: of
/// lower priority first, then by the seconds that their next load takes, times how much they are used, for each byte that they hold.
public struct MemoryPlanner: Sendable {
    /// What all of them together may take.
    public var budget: MemoryBudget

    /// A planner for a budget.
    public init(budget: MemoryBudget) {
        self.budget = budget
    }

    /// What is to be done about a model that is wanted.
    public enum Decision: Sendable, Equatable {
        /// There is room.
        case load
        /// These idle ones have to go first; there is room when they are gone.
        case evict([String])
        /// These are in the way and cannot be sent away now. `until` is when that changes without anybody's doing, if it does.
        case wait(for: [String], until: ContinuousClock.Instant?)
        /// There will never be room.
        case refuse
    }

    /// A decision, and why, in one sentence.
    public struct Verdict: Sendable, Equatable {
        /// What is to be done.
        public var decision: Decision
        /// Why, for the log, the error and `roundhouse ps`.
        public var reason: String
    }

    /// Says what is to be done so that a model can be loaded.
    /// - Parameter loaded: every engine that has a process, the asked one not among them.
    public func verdict(on ask: MemoryAsk, loaded: [LoadedModel], now: ContinuousClock.Instant) -> Verdict {
        if let reason = neverFits(ask, loaded) { return Verdict(decision: .refuse, reason: reason) }
        let remaining = loaded.filter { $0.state != .stopping }
        let (foes, others) = remaining.partitioned { $0.conflicts(with: ask) }
        if foes.allSatisfy({ $0.mayLeave(now: now) }),
            let more = leaving(from: others.filter { $0.mayLeave(now: now) }, others, ask)
        {
            return verdict(on: ask, evicting: foes + more, of: loaded)
        }
        return wait(ask, foes, others, loaded, now)
    }

    /// Who goes so that the ask fits beside the others: a set that has nobody in it without need; nil if all would not do.
    private func leaving(
        from candidates: [LoadedModel], _ loaded: [LoadedModel], _ ask: MemoryAsk
    ) -> [LoadedModel]? {
        func fits(without gone: [LoadedModel]) -> Bool {
            let names = Set(gone.map(\.name))
            let left = loaded.filter { !names.contains($0.name) }
            return budget.holds(left.reduce(ask.size) { $0 + $1.size }, engines: left.count + 1)
        }
        var chosen: [LoadedModel] = []
        var rest = candidates.sorted { $0.goes(before: $1) }[...]
        while !fits(without: chosen) {
            guard let next = rest.popFirst() else { return nil }
            chosen.append(next)
        }
        // A large one that came late may have made smaller ones before it needless; the dearest stay first.
        for model in chosen.reversed() {
            let fewer = chosen.filter { $0.name != model.name }
            if fits(without: fewer) { chosen = fewer }
        }
        return chosen
    }

    private func verdict(on ask: MemoryAsk, evicting gone: [LoadedModel], of loaded: [LoadedModel]) -> Verdict {
        let size = ask.size.shown
        guard gone.isEmpty else {
            return Verdict(
                decision: .evict(gone.map(\.name)),
                reason: "\(ask.name) needs \(size); \(gone.map { $0.described }.joined(separator: ", ")) "
                    + "\(gone.count == 1 ? "is" : "are") idle and \(gone.count == 1 ? "makes" : "make") room")
        }
        let stopping = loaded.filter { $0.state == .stopping }
        let all = loaded.reduce(ask.size) { $0 + $1.size }
        let isInTheWay =
            !budget.holds(all, engines: loaded.count + 1) || stopping.contains { $0.conflicts(with: ask) }
        guard isInTheWay, !stopping.isEmpty else {
            return Verdict(decision: .load, reason: "\(ask.name) needs \(size), and there is room (\(budget.shown))")
        }
        return Verdict(
            decision: .wait(for: stopping.map(\.name), until: nil),
            reason: "\(ask.name) waits until \(stopping.map(\.name).joined(separator: ", ")) "
                + "\(stopping.count == 1 ? "has" : "have") stopped")
    }

    private func wait(
        _ ask: MemoryAsk, _ foes: [LoadedModel], _ others: [LoadedModel], _ loaded: [LoadedModel],
        _ now: ContinuousClock.Instant
    ) -> Verdict {
        let willing = (leaving(from: others.filter { !$0.isPinned }, others, ask) ?? []) + foes
        let inTheWay = willing.filter { !$0.mayLeave(now: now) }
        let stays = inTheWay.compactMap { $0.isIdle ? $0.staysUntil : nil }
        let until = stays.count == inTheWay.count ? stays.max() : nil
        let why = inTheWay.map { "\($0.described) (\($0.obstacle(now: now)))" }.joined(separator: ", ")
        return Verdict(
            decision: .wait(for: inTheWay.map(\.name), until: until),
            reason: "\(ask.name) needs \(ask.size.shown) of \(budget.shown) and waits for \(why)")
    }

    /// Why the ask cannot be met whatever ends, in one sentence; nil if it can.
    private func neverFits(_ ask: MemoryAsk, _ loaded: [LoadedModel]) -> String? {
        guard budget.holds(ask.size, engines: 1) else {
            return "\(ask.name) needs \(ask.size.shown) (\(ask.source)), and the budget is \(budget.shown)"
        }
        let pinned = loaded.filter { $0.isPinned && $0.state != .stopping }
        if let foe = pinned.first(where: { $0.conflicts(with: ask) }) {
            return "\(ask.name) shares a concurrency group with \(foe.name), which is pinned"
        }
        guard budget.holds(pinned.reduce(ask.size) { $0 + $1.size }, engines: pinned.count + 1) else {
            return "\(ask.name) needs \(ask.size.shown) (\(ask.source)), and beside the pinned "
                + "\(pinned.map(\.described).joined(separator: ", ")) the budget of \(budget.shown) has no room for it"
        }
        return nil
    }
}

extension Array {
    fileprivate func partitioned(_ isFirst: (Element) -> Bool) -> ([Element], [Element]) {
        (filter(isFirst), filter { !isFirst($0) })
    }
}
