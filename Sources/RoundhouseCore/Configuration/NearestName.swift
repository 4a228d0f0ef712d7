/// Finds the names that somebody probably meant: by edit distance, letter case ignored.
public enum NearestName {
    /// Names longer than this, in UTF-8 bytes, are not compared: a hostile name must not cost a quadratic search.
    private static let longest = 256

    /// The candidates that look like `name`, the nearest first, equals in their given order; at most `limit`.
    ///
    /// A candidate counts when at most a third of the longer name (but at least one letter) differs, or when one is
    /// the beginning of the other and at least three letters long.
    public static func among(_ candidates: [String], of name: String, limit: Int) -> [String] {
        let wanted = Array(name.lowercased().utf8)
        guard !wanted.isEmpty, wanted.count <= longest, limit > 0 else { return [] }
        var found: [(distance: Int, index: Int)] = []
        for (index, candidate) in candidates.enumerated() {
            let other = Array(candidate.lowercased().utf8)
            guard !other.isEmpty, other.count <= longest else { continue }
            let longer = max(other.count, wanted.count)
            let shorter = min(other.count, wanted.count)
            let bound = max(1, longer / 3)
            let isPrefix = shorter >= 3 && (other.starts(with: wanted) || wanted.starts(with: other))
            guard isPrefix || longer - shorter <= bound else { continue }
            let distance = distance(wanted, other)
            if distance <= bound || isPrefix { found.append((distance, index)) }
        }
        found.sort { ($0.distance, $0.index) < ($1.distance, $1.index) }
        var names: [String] = []
        for (_, index) in found where names.count < limit && !names.contains(candidates[index]) {
            names.append(candidates[index])
        }
        return names
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one into the other (the optimal string
    /// alignment distance; a swap is the commonest slip of the hand).
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for (leftIndex, leftByte) in left.enumerated() {
            var row = [leftIndex + 1]
            for (rightIndex, rightByte) in right.enumerated() {
                var best = last[rightIndex] + (leftByte == rightByte ? 0 : 1)
                best = min(best, last[rightIndex + 1] + 1, row[rightIndex] + 1)
                if leftIndex > 0, rightIndex > 0, leftByte == right[rightIndex - 1], left[leftIndex - 1] == rightByte {
                    best = min(best, before[rightIndex - 1] + 1)
                }
                row.append(best)
            }
            (before, last) = (last, row)
        }
        return last[right.count]
    }
}
