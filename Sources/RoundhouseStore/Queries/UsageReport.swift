public import RoundhouseCore

/// The answer to `usage`.
public struct UsageReport: Sendable, Equatable {
    /// One group.
    public struct Group: Sendable, Equatable {
        /// Its values, in the order of `dimensions`; nil is none, such as the team of a key that has none.
        public var values: [String?]
        /// What its requests came to.
        public var totals: UsageTotals
        /// What the same use would have cost at the price to compare with, in that price's currency; nil without one.
        public var compared: Money?
    }

    /// What was grouped by.
    public var dimensions: [UsageDimension]
    /// The groups that have any requests, ordered by their values.
    public var groups: [Group]
    /// All of them together.
    public var totals: UsageTotals
    /// All of them at the price to compare with: the sum of the groups.
    public var compared: Money?
    /// Set if a part of a day was asked for whose single records are no longer kept: records are complete from this moment
    /// on, in seconds since 1970, and that part of a day is missing in the answer. Whole days never are.
    public var missingBefore: Int64?
}
