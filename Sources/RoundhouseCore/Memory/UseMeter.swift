#if canImport(Glibc)
private import Glibc
#endif

/// How much a model is used: a count of requests in which older ones count less and less.
public struct UseMeter: Sendable, Equatable {
    private var count = 0.0
    private var at: ContinuousClock.Instant?

    private static let halfLife = 1800.0

    /// No use yet.
    public init() {}

    /// A request has come.
    public mutating func note(now: ContinuousClock.Instant) {
        count = value(now: now) + 1
        at = now
    }

    /// The count now.
    public func value(now: ContinuousClock.Instant) -> Double {
        guard let at else { return 0 }
        return count * exp2(-max(0, (now - at).inSeconds) / Self.halfLife)
    }
}
