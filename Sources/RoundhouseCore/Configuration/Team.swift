/// A team of `config/roundhouse.yaml`: what its keys may use together, and how much of it.
public struct Team: Sendable, Equatable {
    /// Its name, as keys and records carry it.
    public var name: String
    /// Models that its keys may use; nil is all of them, an empty list none.
    public var models: NamePatterns?
    /// What all its keys together may ask for.
    public var limits = RateLimits()
    /// What all its keys together may spend.
    public var budget: BudgetLimit?
    /// Whether its requests must never leave this machine's own engines.
    public var localOnly = false
    /// Where its requests stand in queues.
    public var priority: Priority?
    /// Where it stands, for messages.
    public var source: SourceLocation

    /// A team without any limit.
    public init(name: String, source: SourceLocation) {
        self.name = name
        self.source = source
    }

    /// Whether `name` can be a team's: 1 to 64 ASCII letters, digits, dashes, underscores and dots. It stands in YAML, in
    /// records and in metrics.
    public static func isValid(name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a) || (byte >= 0x30 && byte <= 0x39)
                    || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
            }
    }
}

/// How much may be asked for in a minute and at the same time. Of a key, a team or a model.
public struct RateLimits: Sendable, Equatable {
    /// Requests in any 60 seconds; nil is unlimited.
    public var requestsPerMinute: Int?
    /// Tokens of prompts and answers in any 60 seconds; nil is unlimited.
    public var tokensPerMinute: Int?
    /// Requests at the same time; nil is unlimited.
    public var concurrent: Int?
    /// Counts and reports what would be refused, and refuses nothing.
    public var shadow = false

    /// No limit.
    public init() {}

    /// Whether nothing is limited.
    public var isEmpty: Bool { requestsPerMinute == nil && tokensPerMinute == nil && concurrent == nil }
}

/// How much may be spent on priced models in a calendar period (UTC).
public struct BudgetLimit: Sendable, Equatable {
    /// The calendar periods.
    public enum Period: String, Sendable, CaseIterable {
        /// From midnight to midnight.
        case day
        /// From Monday to Sunday (ISO 8601).
        case week
        /// A calendar month.
        case month
    }

    /// The most that may be spent.
    public var amount: Money
    /// What it is spent in.
    public var period: Period
    /// ISO 4217 code of `amount`; spending in another currency does not count.
    public var currency: String

    /// Makes a budget.
    public init(amount: Money, period: Period, currency: String = "USD") {
        self.amount = amount
        self.period = period
        self.currency = currency
    }
}
