extension GatewayMetrics {
    /// What a key, a team or a model has used of its limits.
    public struct LimitGauge: Sendable {
        /// `key`, `team` or `model`.
        public var kind: String
        /// Its name.
        public var name: String
        /// The limits.
        public var limits = RateLimits()
        /// The budget.
        public var budget: BudgetLimit?
        /// What is taken of the limits now; of `budget` nothing.
        public var used = LimitNumbers()
        /// Money spent in the budget's current period.
        public var spent = Money.zero
        /// Money reserved for requests that run.
        public var reserved = Money.zero
        /// Requests that were refused, since the start.
        public var refusals = LimitNumbers()
        /// Requests that would have been refused if it were not for `shadow`, since the start.
        public var shadowRefusals = LimitNumbers()

        /// Somebody who has used nothing.
        public init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }
    }

    /// A number for each kind of limit.
    public struct LimitNumbers: Sendable {
        /// Requests in a minute.
        public var requests: Int
        /// Tokens in a minute.
        public var tokens: Int
        /// Requests at the same time.
        public var concurrent: Int
        /// Money in a period.
        public var budget: Int

        /// Makes the four.
        public init(requests: Int = 0, tokens: Int = 0, concurrent: Int = 0, budget: Int = 0) {
            self.requests = requests
            self.tokens = tokens
            self.concurrent = concurrent
            self.budget = budget
        }

        mutating func add(_ other: LimitNumbers) {
            requests += other.requests
            tokens += other.tokens
            concurrent += other.concurrent
            budget += other.budget
        }
    }
}
