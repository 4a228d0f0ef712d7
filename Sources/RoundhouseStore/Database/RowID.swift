/// The ids of the table `requests`: the milliseconds since 1970 at which the request began, and 20 bits that tell those of one
/// millisecond apart.
struct RowID {
    /// Milliseconds since 1970 begin at this bit.
    static let shift: Int64 = 20
    private static let mask: Int64 = 1 << shift - 1
    /// What still fits, in the year 2248.
    private static let latest: Int64 = 1 << 43 - 1

    /// The lower bits of the next id.
    private var next: Int64

    /// - Parameter last: the highest id that there is; nil if there is none.
    init(after last: Int64?) {
        next = ((last ?? -1) + 1) & Self.mask
    }

    /// An id for a request that began at a time in nanoseconds since 1970.
    mutating func take(_ nanoseconds: Int64) -> Int64 {
        defer { next = (next + 1) & Self.mask }
        return Self.first(milliseconds: Self.milliseconds(nanoseconds)) | next
    }

    /// Milliseconds since 1970 of a time in nanoseconds; what lies before is 1970.
    static func milliseconds(_ nanoseconds: Int64) -> Int64 {
        max(0, nanoseconds) / 1_000_000
    }

    /// The lowest id of a millisecond.
    static func first(milliseconds: Int64) -> Int64 {
        min(max(0, milliseconds), latest) << shift
    }
}
