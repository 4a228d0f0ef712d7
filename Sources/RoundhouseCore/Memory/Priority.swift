/// Who goes before whom: requests in a queue, and models in memory.
public enum Priority: String, Sendable, CaseIterable, Codable, Comparable {
    /// After everybody else.
    case low
    /// What nothing is said of.
    case normal
    /// Before everybody else.
    case high

    /// Low before normal before high.
    public static func < (one: Priority, other: Priority) -> Bool { one.rank < other.rank }

    private var rank: Int {
        switch self {
        case .low: 0
        case .normal: 1
        case .high: 2
        }
    }
}
