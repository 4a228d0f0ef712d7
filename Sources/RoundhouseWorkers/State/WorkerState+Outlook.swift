internal import RoundhouseCore

/// What those who wait can expect.
extension WorkerState {
    /// How a waiting request stands.
    struct Outlook: Equatable {
        /// 1 is next.
        var position: Int
        var caller: LeaseCaller
        var waited: Duration
        /// Until it has its place; nil if that cannot be told.
        var estimate: Duration?
    }

    /// Everybody who waits, who is next first.
    /// - Parameter loadTime: how long the engine's load usually takes.
    func outlooks(loadTime: Duration, now: Instant) -> [Outlook] {
        line.order(now: now).enumerated().map { index, entry in
            Outlook(
                position: index + 1, caller: entry.caller, waited: now - entry.since,
                estimate: estimate(behind: index, loadTime: loadTime, now: now))
        }
    }

    /// How one of them stands; nil if it does not wait any more.
    func outlook(_ ticket: UInt64, loadTime: Duration, now: Instant) -> Outlook? {
        guard let index = line.order(now: now).firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return outlooks(loadTime: loadTime, now: now)[index]
    }

    private func estimate(behind others: Int, loadTime: Duration, now: Instant) -> Duration? {
        let places = limits.concurrent ?? max(others, 1)
        switch phase {
        case .ready where !isYielding: return serviceTime.map { $0 * (others + 1) / places }
        case .loading(let since):
            let left = max(.zero, loadTime - (now - since))
            guard others >= places else { return left }
            return serviceTime.map { left + $0 * (others / places) }
        default: return nil
        }
    }

    /// When whoever is refused may try again, in whole seconds: when those who wait now will have had their places.
    func retryAfter(behind others: Int) -> Int {
        guard let serviceTime, let places = limits.concurrent else { return 1 }
        let wait = serviceTime * (others + 1) / places
        return min(max(1, Int(wait.components.seconds) + (wait.components.attoseconds > 0 ? 1 : 0)), 300)
    }
}
