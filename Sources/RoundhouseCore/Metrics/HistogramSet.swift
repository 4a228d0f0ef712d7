/// The histograms of one model, side by side in one array: a request counts in most of them, and finds the memory once.
struct HistogramSet: Sendable {
    /// The histograms, in the order in which they are shown.
    enum Kind: Int, CaseIterable, Sendable {
        case firstToken, outputToken, duration, queue, load, overhead
    }

    /// For each kind its buckets, and at the end of its row the sum.
    private var cells = [Int](repeating: 0, count: Kind.allCases.count * Self.width)
    private static let width = HistogramBounds.mostBuckets + 1

    /// Counts in several of them.
    mutating func count(_ body: (_ histograms: Writer) -> Void) {
        cells.withUnsafeMutableBufferPointer { body(Writer(cells: $0)) }
    }

    /// Where observations go; valid as long as `count` lasts.
    struct Writer {
        fileprivate let cells: UnsafeMutableBufferPointer<Int>

        /// Counts an observation, in microseconds; one below zero is zero.
        func observe(_ kind: Kind, _ value: Int) {
            let value = max(0, value)
            let row = kind.rawValue * HistogramSet.width
            cells[row + kind.bounds.bucket(of: value)] += 1
            let sum = row + HistogramSet.width - 1
            cells[sum] = cells[sum].addingUpToLargest(value)
        }
    }

    mutating func add(_ other: HistogramSet) {
        for index in cells.indices { cells[index] = cells[index].addingUpToLargest(other.cells[index]) }
    }

    /// One of them.
    subscript(_ kind: Kind) -> Histogram {
        let row = cells[kind.rawValue * Self.width..<(kind.rawValue + 1) * Self.width]
        return Histogram(
            bounds: kind.bounds, counts: row.prefix(kind.bounds.upper.count + 1), sum: row[row.endIndex - 1])
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
