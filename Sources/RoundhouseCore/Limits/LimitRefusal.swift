/// Why a request was not admitted.
public struct LimitRefusal: Error, Sendable, Equatable {
    /// The kinds of limits.
    public enum Limit: String, Sendable, CaseIterable {
        /// Requests in a minute.
        case requests
        /// Tokens in a minute.
        case tokens
        /// Requests at the same time.
        case concurrent
        /// Money in a calendar period.
        case budget
    }

    /// What whose limit it is.
    public var kind: LimitSubject.Kind
    /// Its name.
    public var name: String
    /// Which limit.
    public var limit: Limit
    /// How much is allowed: requests, tokens or billionths of the currency's unit.
    public var allowed: Int64
    /// How much of it was taken, in the same unit; of a budget also what is reserved for requests that run.
    public var used: Int64
    /// How much this request asked for, in the same unit.
    public var asked: Int64
    /// Seconds after which it may be tried again, at least 1; nil if that would not help, because it asks for more than is
    /// ever allowed.
    public var retryAfter: Int?
    /// The budget, if it is one.
    public var budget: BudgetLimit?
    /// When the budget's next period begins, in seconds since 1970.
    public var budgetEnd: Int64?
    /// What is left of all limits that apply.
    public var headers = RateLimitHeaders()
}

extension LimitRefusal {
    /// A sentence for the client: whose limit, how much it is, and what to do.
    public var message: String {
        switch limit {
        case .requests: requestsMessage
        case .tokens: tokensMessage
        case .concurrent:
            "The \(subject) may have \(Self.count(allowed, "request")) at the same time; "
                + (allowed > 0 ? "try again when one of them is answered." : Self.raise)
        case .budget: budgetMessage
        }
    }

    private static let raise = "whoever runs this gateway can raise that."

    private var subject: String { "\(kind.rawValue) \(name)" }

    private var again: String { "try again in \(retryAfter ?? 1) s" }

    private static func count(_ number: Int64, _ unit: String) -> String {
        number == 1 ? "1 \(unit)" : "\(number) \(unit)s"
    }

    private var requestsMessage: String {
        "The \(subject) may make \(Self.count(allowed, "request")) a minute; "
            + (allowed > 0 ? again + "." : Self.raise)
    }

    private var tokensMessage: String {
        guard retryAfter != nil else {
            return
                "This request may take \(Self.count(asked, "token")), prompt and max_tokens together; the \(subject) may "
                + "take \(Self.count(allowed, "token")) a minute, so that trying again does not help: lower max_tokens or "
                + "shorten the prompt."
        }
        return
            "The \(subject) may take \(Self.count(allowed, "token")) a minute; \(used) are taken and this request may "
            + "take \(asked), prompt and answer together: \(again), or lower max_tokens."
    }

    private var budgetMessage: String {
        guard let budget else { return "The budget of the \(subject) is used up." }
        let amount = "\(Money(billionths: allowed)) \(budget.currency) a \(budget.period.rawValue)"
        guard allowed > 0 else { return "The \(subject) may spend nothing; use a model without a price." }
        guard retryAfter != nil else {
            return "This request may cost \(Money(billionths: asked)) \(budget.currency); the \(subject) may spend "
                + "\(amount), so that trying again does not help: lower max_tokens, shorten the prompt or use another model."
        }
        let rest = max(.zero, Money(billionths: allowed) - Money(billionths: used))
        let state =
            rest > .zero
            ? "\(rest) is left and this request may cost \(Money(billionths: asked))" : "that is used up"
        guard let budgetEnd else {
            return "The \(subject) may spend \(amount); \(state) until other requests are done: \(again)."
        }
        let day = CalendarDay(secondsSince1970: budgetEnd)
        return "The \(subject) may spend \(amount); \(state): use a model without a price, or try again when the next "
            + "\(budget.period.rawValue) begins, on \(day) at 00:00 UTC."
    }
}
