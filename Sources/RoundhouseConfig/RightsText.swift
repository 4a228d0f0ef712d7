public import RoundhouseCore

/// What teams and keys may do, in short words for tables.
public enum RightsText {
    /// `all`, `none`, or the patterns.
    public static func models(_ models: NamePatterns?) -> String {
        guard let models else { return "all" }
        return models.patterns.isEmpty ? "none" : models.patterns.joined(separator: ",")
    }

    /// `120 requests/min, 200000 tokens/min, 8 at once`; `-` for no limit.
    public static func limits(_ limits: RateLimits) -> String {
        let parts = [
            limits.requestsPerMinute.map { "\($0) requests/min" }, limits.tokensPerMinute.map { "\($0) tokens/min" },
            limits.concurrent.map { "\($0) at once" },
        ].compactMap { $0 }
        return parts.isEmpty ? "-" : parts.joined(separator: ", ") + (limits.shadow ? " (shadow)" : "")
    }

    /// `50 USD/month`; `-` for none.
    public static func budget(_ budget: BudgetLimit?) -> String {
        budget.map { "\($0.amount) \($0.currency)/\($0.period.rawValue)" } ?? "-"
    }

    /// Reads a budget as a command line has it: `50/month`, `12.50EUR/week`, `50 USD/day`; nil if it is none.
    public static func budget(from text: String) -> BudgetLimit? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let period = BudgetLimit.Period(rawValue: parts[1].lowercased()) else { return nil }
        let number = parts[0].prefix { $0.isWholeNumber || $0 == "." }
        let currency = parts[0].dropFirst(number.count).drop { $0 == " " }.uppercased()
        guard currency.isEmpty || Section.isCurrency(currency), let amount = Money(String(number)) else { return nil }
        return BudgetLimit(amount: amount, period: period, currency: currency.isEmpty ? "USD" : currency)
    }
}
