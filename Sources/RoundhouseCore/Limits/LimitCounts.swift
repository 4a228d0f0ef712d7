/// A count for each kind of limit.
public struct LimitCounts: Sendable, Equatable {
    /// Of requests in a minute.
    public var requests = 0
    /// Of tokens in a minute.
    public var tokens = 0
    /// Of requests at the same time.
    public var concurrent = 0
    /// Of money in a period.
    public var budget = 0

    /// All zero.
    public init() {}

    /// The count for one kind.
    public subscript(limit: LimitRefusal.Limit) -> Int {
        get {
            switch limit {
            case .requests: requests
            case .tokens: tokens
            case .concurrent: concurrent
            case .budget: budget
            }
        }
        set {
            switch limit {
            case .requests: requests = newValue
            case .tokens: tokens = newValue
            case .concurrent: concurrent = newValue
            case .budget: budget = newValue
            }
        }
    }
}
