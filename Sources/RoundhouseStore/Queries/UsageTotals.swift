public import RoundhouseCore

/// What a number of requests came to. A nil count is unknown for all of them; else it is the sum of what is known.
public struct UsageTotals: Sendable, Equatable {
    /// Answered in full.
    public var ok = 0
    /// Refused before an engine saw them.
    public var refused = 0
    /// Failed by the engine or upstream.
    public var failed = 0
    /// Cut off after the answer had begun.
    public var cut = 0
    /// Left by their clients.
    public var cancelled = 0
    /// Requests that left the box.
    public var escalated = 0
    /// Requests of whose use nothing is known; refused ones are among them.
    public var unmetered = 0
    /// Requests whose use is estimated.
    public var estimated = 0
    /// Tokens in `amounts` that are estimated.
    public var estimatedTokens = 0
    /// Requests that came to their end in a time that is known, and the microseconds of all of them.
    public var timed = 0
    /// See `timed`.
    public var durationMicroseconds = 0
    /// Those of them that had a first byte of an answer, and the microseconds until then.
    public var firstBytes = 0
    /// See `firstBytes`.
    public var firstByteMicroseconds = 0
    /// Requests that have a price.
    public var priced = 0
    /// What they used.
    public var amounts = UsageAmounts()
    /// What they cost, by currency. A currency that nothing was priced in is not there: unpriced is not 0.
    public var costs: [String: Money] = [:]

    /// Of no requests.
    public init() {}

    /// All requests.
    public var requests: Int { ok + refused + failed + cut + cancelled }

    /// Those that did not end well.
    public var errors: Int { requests - ok }

    /// Mean milliseconds of an answer that came to its end; nil if there was none.
    public var meanDuration: Double? { timed > 0 ? Double(durationMicroseconds) / Double(timed) / 1000 : nil }

    /// Mean milliseconds until its first byte; nil if there was none.
    public var meanFirstByte: Double? {
        firstBytes > 0 ? Double(firstByteMicroseconds) / Double(firstBytes) / 1000 : nil
    }

    /// The part of the tokens that is estimated, 0 to 1; nil if there are no tokens.
    public var estimatedShare: Double? {
        let tokens = (amounts.inputTokens ?? 0) + (amounts.outputTokens ?? 0)
        return tokens > 0 ? Double(estimatedTokens) / Double(tokens) : nil
    }

    /// What the same use would have cost at a price. Rounded down once for all of it, not for each request.
    public func cost(at price: Price) -> Money {
        price.cost(of: amounts)
    }

    /// Adds what other requests came to.
    public static func += (a: inout UsageTotals, b: UsageTotals) {
        a.ok += b.ok
        a.refused += b.refused
        a.failed += b.failed
        a.cut += b.cut
        a.cancelled += b.cancelled
        a.escalated += b.escalated
        a.unmetered += b.unmetered
        a.estimated += b.estimated
        a.estimatedTokens += b.estimatedTokens
        a.timed += b.timed
        a.durationMicroseconds &+= b.durationMicroseconds
        a.firstBytes += b.firstBytes
        a.firstByteMicroseconds &+= b.firstByteMicroseconds
        a.priced += b.priced
        add(b.amounts.inputTokens, to: &a.amounts.inputTokens)
        add(b.amounts.cachedTokens, to: &a.amounts.cachedTokens)
        add(b.amounts.outputTokens, to: &a.amounts.outputTokens)
        add(b.amounts.audioMilliseconds, to: &a.amounts.audioMilliseconds)
        add(b.amounts.characters, to: &a.amounts.characters)
        add(b.amounts.images, to: &a.amounts.images)
        for (currency, cost) in b.costs { a.costs[currency] = (a.costs[currency] ?? .zero) + cost }
    }

    private static func add(_ value: Int?, to sum: inout Int?) {
        if let value { sum = (sum ?? 0) + value }
    }
}
