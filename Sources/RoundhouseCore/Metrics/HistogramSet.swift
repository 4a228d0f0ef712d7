/// The histograms of one model, side by side in one array, bounds and all: a request counts in most of them, and finds the
/// memory once.
struct HistogramSet: Sendable {
    /// The histograms, in the order in which they are shown.
    enum Kind: Int, CaseIterable, Sendable {
        case firstToken, outputToken, duration, queue, load, overhead
    }

    /// For each kind a row: upper bounds, of which those that are not used can hold everything; counts; sum.
    private var cells = Self.empty
    private static let countsAt = HistogramBounds.most
    private static let sumAt = countsAt + HistogramBounds.most + 1
    private static let width = sumAt + 1

    private static let empty: [Int] = Kind.allCases.flatMap { kind in
        let upper = kind.bounds.upper
        return upper + [Int](repeating: .max, count: HistogramBounds.most - upper.count)
            + [Int](repeating: 0, count: HistogramBounds.most + 2)
    }

    /// Counts in several of them.
    @inline(__always)
    mutating func count(_ body: (_ histograms: Writer) -> Void) {
        cells.withUnsafeMutableBufferPointer { body(Writer(cells: $0)) }
    }

    /// Where observations go; valid as long as `count` lasts.
    struct Writer {
        fileprivate let cells: UnsafeMutableBufferPointer<Int>

        /// Counts an observation, in microseconds; one below zero is zero.
        func observe(_ kind: Kind, _ value: Int) {
            let value = max(0, value)
            let row = kind.rawValue &* HistogramSet.width
            var bucket = row
            // The last bound but those that are padding is below none of the values that get past it.
            while bucket < row &+ HistogramBounds.most, value > cells[bucket] { bucket &+= 1 }
            cells[bucket &+ HistogramSet.countsAt] &+= 1
            let sum = row &+ HistogramSet.sumAt
            cells[sum] = cells[sum].addingUpToLargest(value)
        }
    }

    mutating func add(_ other: HistogramSet) {
        for kind in Kind.allCases {
            for cell in kind.rawValue * Self.width + Self.countsAt..<(kind.rawValue + 1) * Self.width {
                cells[cell] = cells[cell].addingUpToLargest(other.cells[cell])
            }
        }
    }

    /// One of them.
    subscript(_ kind: Kind) -> Histogram {
        let row = kind.rawValue * Self.width
        let counts = row + Self.countsAt
        return Histogram(
            bounds: kind.bounds, counts: cells[counts...counts + kind.bounds.upper.count], sum: cells[row + Self.sumAt])
    }
}

extension HistogramSet.Kind {
    /// Its buckets.
    var bounds: HistogramBounds {
        switch self {
        case .firstToken, .duration, .queue, .load: .answers
        case .outputToken: .tokens
        case .overhead: .overhead
        }
    }
}
