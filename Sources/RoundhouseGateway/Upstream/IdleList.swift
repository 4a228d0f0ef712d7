internal import NIOCore

/// Idle things, last in first out, each with the time from which it must not be used any more. Pure.
///
/// The last one used is the likeliest to be still open, and the others get the chance to expire.
struct IdleList<Element> {
    private var entries: [(element: Element, until: NIODeadline)] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func put(_ element: Element, until: NIODeadline) {
        entries.append((element, until))
    }

    /// The last one put in that may still be used. What has expired above it stays for `removeExpired`.
    mutating func take(now: NIODeadline) -> Element? {
        guard let index = entries.lastIndex(where: { $0.until > now }) else { return nil }
        return entries.remove(at: index).element
    }

    /// Takes out all that must not be used any more.
    mutating func removeExpired(now: NIODeadline) -> [Element] {
        let expired = entries.filter { $0.until <= now }.map(\.element)
        if !expired.isEmpty { entries.removeAll { $0.until <= now } }
        return expired
    }

    mutating func removeAll(where matches: (Element) -> Bool) {
        entries.removeAll { matches($0.element) }
    }

    /// Takes out everything.
    mutating func drain() -> [Element] {
        defer { entries = [] }
        return entries.map(\.element)
    }
}
