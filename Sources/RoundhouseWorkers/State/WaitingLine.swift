public import RoundhouseCore

/// Requests that wait for a model, and who is next: those of higher priority first, and within one priority the keys in turn, so that a
/// key with a hundred requests makes one with a single request wait for one of its own and not for a hundred. Pure.
struct WaitingLine {
    typealias Instant = ContinuousClock.Instant

    struct Entry: Equatable {
        var ticket: UInt64
        var since: Instant
        var caller: LeaseCaller
        /// The round in which its key is served; smaller is sooner.
        fileprivate var round: Int
    }

    private var entries: [Entry] = []
    /// The last round that each waiting key has an entry in, by priority.
    private var lastRounds: [LeaseCaller: Int] = [:]
    /// The round that is being served, by priority.
    private var rounds: [Priority: Int] = [:]

    /// Whoever has waited for so long goes before every priority: the low ones must not starve.
    static let longestWait = Duration.seconds(30)

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }
    /// When the one who waits longest came.
    var oldest: Instant? { entries.first?.since }
    var highestPriority: Priority? { entries.map(\.caller.priority).max() }

    mutating func append(_ ticket: UInt64, _ caller: LeaseCaller, now: Instant) {
        let round = max(rounds[caller.priority] ?? 0, (lastRounds[caller] ?? -1) + 1)
        lastRounds[caller] = round
        entries.append(Entry(ticket: ticket, since: now, caller: caller, round: round))
    }

    /// Takes out whoever is next.
    mutating func next(now: Instant) -> Entry? {
        guard let index = entries.indices.min(by: { comes(entries[$0], before: entries[$1], now: now) }) else {
            return nil
        }
        let entry = entries.remove(at: index)
        rounds[entry.caller.priority] = max(rounds[entry.caller.priority] ?? 0, entry.round)
        forget(entry.caller)
        return entry
    }

    mutating func remove(_ ticket: UInt64) {
        guard let index = entries.firstIndex(where: { $0.ticket == ticket }) else { return }
        forget(entries.remove(at: index).caller)
    }

    /// Takes out all for whom something is so.
    mutating func removeAll(where isGone: (Entry) -> Bool) -> [Entry] {
        let gone = entries.filter(isGone)
        for entry in gone { remove(entry.ticket) }
        return gone
    }

    mutating func removeAll() -> [Entry] {
        defer { self = WaitingLine() }
        return entries
    }

    /// All, in the order in which they are next if nobody else comes.
    func order(now: Instant) -> [Entry] { entries.sorted { comes($0, before: $1, now: now) } }

    private func comes(_ one: Entry, before other: Entry, now: Instant) -> Bool {
        let (mine, its) = (rank(one, now: now), rank(other, now: now))
        return mine != its ? mine > its : (one.round, one.ticket) < (other.round, other.ticket)
    }

    private func rank(_ entry: Entry, now: Instant) -> Int {
        if now - entry.since >= Self.longestWait { return Priority.allCases.count }
        return Priority.allCases.firstIndex(of: entry.caller.priority) ?? 0
    }

    private mutating func forget(_ caller: LeaseCaller) {
        if entries.isEmpty {
            lastRounds = [:]
            rounds = [:]
        } else if !entries.contains(where: { $0.caller == caller }) {
            // A key that has just been served does not begin again before those who wait for their turn.
            lastRounds[caller] = lastRounds[caller].flatMap { $0 >= rounds[caller.priority] ?? 0 ? $0 : nil }
        }
    }
}

/// Who asks for a place.
public struct LeaseCaller: Sendable, Hashable {
    /// The key's id, by which places are shared fairly; nil for callers without one.
    public var key: String?
    /// Where its requests stand.
    public var priority: Priority

    /// Makes a caller.
    public init(key: String? = nil, priority: Priority = .normal) {
        self.key = key
        self.priority = priority
    }
}
