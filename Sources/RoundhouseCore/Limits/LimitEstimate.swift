/// A moment, on both clocks that limits need.
public struct LimitTime: Sendable, Equatable {
    /// Nanoseconds of a monotonic clock, the same one for all threads: for minutes.
    public var uptimeNanoseconds: Int64
    /// Seconds since 1970: for budgets, which follow the calendar.
    public var wallSeconds: Int64

    /// Makes a moment.
    public init(uptimeNanoseconds: Int64, wallSeconds: Int64) {
        self.uptimeNanoseconds = uptimeNanoseconds
        self.wallSeconds = wallSeconds
    }
}

/// The tokens that a request is expected to take.
public struct LimitEstimate: Sendable, Equatable {
    /// Tokens of the prompt.
    public var input: Int
    /// Tokens of the answer: the most that the client allows, or what was learned.
    public var output: Int
    /// Whether the client itself said `output`.
    public var isExplicit: Bool

    /// Makes an estimate; negative counts are none.
    public init(input: Int, output: Int, isExplicit: Bool = false) {
        self.input = max(0, input)
        self.output = max(0, output)
        self.isExplicit = isExplicit
    }

    /// Both together.
    public var total: Int {
        let (sum, overflow) = input.addingReportingOverflow(output)
        return overflow ? .max : sum
    }

    /// The same for `Price.cost(of:)`.
    public var usage: UsageAmounts {
        var usage = UsageAmounts()
        usage.inputTokens = input
        usage.outputTokens = output
        return usage
    }
}
