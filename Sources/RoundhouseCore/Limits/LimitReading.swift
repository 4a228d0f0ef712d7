/// What a key, a team or a model has used of its limits, for metrics and for the operator.
public struct LimitReading: Sendable, Equatable {
    /// Whose limits.
    public var kind: LimitSubject.Kind
    /// Its name.
    public var name: String
    /// The limits.
    public var limits = RateLimits()
    /// The budget.
    public var budget: BudgetLimit?
    /// Requests counted in the last minute; 0 without a limit.
    public var requests = 0
    /// Tokens counted in the last minute; 0 without a limit.
    public var tokens = 0
    /// Requests that run now.
    public var active = 0
    /// Money spent in the budget's current period; nil without a budget.
    public var spent: Money?
    /// Money reserved for requests that run; nil without a budget.
    public var reserved: Money?
    /// Requests that were refused, by the limit that refused them.
    public var refusals = LimitCounts()
    /// Requests that would have been refused if it were not for `shadow`.
    public var shadowRefusals = LimitCounts()

    init(kind: LimitSubject.Kind, name: String) {
        self.kind = kind
        self.name = name
    }
}
