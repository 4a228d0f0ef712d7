/// A group by the numbers of its names; what is not grouped by is 0.
struct UsageGroup: Hashable {
    var feature: Int64 = 0
    var team: Int64 = 0
    var key: Int64 = 0
    var model: Int64 = 0
    var backend: Int64 = 0
    var arm: Int64 = 0
    /// Days from 1970 on.
    var day: Int64 = 0
    /// Currencies are groups of their own until the end.
    var currency: Int64 = 0

    /// The number in one dimension.
    subscript(dimension: UsageDimension) -> Int64 {
        switch dimension {
        case .feature: feature
        case .team: team
        case .key: key
        case .model: model
        case .backend: backend
        case .arm: arm
        case .day: day
        }
    }
}
