/// Keeps the roll-ups small when a client names a new feature with each request: they are kept for ever, a row for each.
/// Beyond the limit, the day's further features are booked as one.
struct FeatureLimit {
    private let limit: Int
    private var day: Int32 = 0
    private var seen: Set<String> = []
    /// One of them.
    private var latest: String?

    /// What features beyond the limit are booked as.
    static let rest = "(others)"

    init(_ limit: Int) {
        self.limit = limit
    }

    /// The feature to book a request of some day under.
    mutating func booked(_ feature: String?, day: Int32) -> String? {
        guard let feature else { return nil }
        if day > self.day {
            self.day = day
            seen.removeAll(keepingCapacity: true)
            latest = nil
        }
        if latest == feature { return feature }
        if !seen.contains(feature) {
            guard seen.count < limit else { return Self.rest }
            seen.insert(feature)
        }
        latest = feature
        return feature
    }
}
