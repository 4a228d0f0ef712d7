internal import RoundhouseCore

/// One key, team or model with limits, as `/admin/limits` shows it.
struct LimitStatus: Encodable {
    var kind: String
    var name: String
    var requests_per_minute: Int?
    var requests_in_last_minute: Int
    var tokens_per_minute: Int?
    var tokens_in_last_minute: Int
    var concurrent: Int?
    var active: Int
    var budget: Double?
    var budget_period: String?
    var budget_currency: String?
    var spent: Double?
    var shadow: Bool

    /// All of them.
    static func all(_ book: LimitBook) -> [LimitStatus] {
        book.all.map { LimitStatus($0.reading(now: .now)) }
    }

    private init(_ reading: LimitReading) {
        kind = reading.kind.rawValue
        name = reading.name
        requests_per_minute = reading.limits.requestsPerMinute
        requests_in_last_minute = reading.requests
        tokens_per_minute = reading.limits.tokensPerMinute
        tokens_in_last_minute = reading.tokens
        concurrent = reading.limits.concurrent
        active = reading.active
        budget = reading.budget?.amount.units
        budget_period = reading.budget?.period.rawValue
        budget_currency = reading.budget?.currency
        spent = reading.spent?.units
        shadow = reading.limits.shadow
    }
}
