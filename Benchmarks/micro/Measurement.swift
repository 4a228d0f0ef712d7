#if canImport(Glibc)
import Glibc
#endif

/// Times one piece of code by the processor time of its thread.
struct Measurement {
    let name: String
    /// Bytes that one run looks at; 0 where that says nothing.
    let bytes: Int
    /// Median nanoseconds of a run.
    let nanoseconds: Double

    private static let samples = 15
    private static let sampleNanoseconds = 20_000_000.0

    /// Runs `body` until a sample has taken 20 ms, 15 times, and keeps the median. What `body` returns is used, so that it
    /// cannot be left out.
    init(_ name: String, bytes: Int = 0, _ body: () -> Int) {
        var sink = 0
        var runs = 1
        while true {
            let taken = Self.time(runs, &sink, body)
            if taken >= Self.sampleNanoseconds { break }
            runs = max(runs * 2, Int(Double(runs) * Self.sampleNanoseconds / max(taken, 1000)))
        }
        let taken = (0..<Self.samples).map { _ in Self.time(runs, &sink, body) / Double(runs) }.sorted()
        precondition(sink != .min)
        self.name = name
        self.bytes = bytes
        nanoseconds = taken[taken.count / 2]
    }

    private static func time(_ runs: Int, _ sink: inout Int, _ body: () -> Int) -> Double {
        let start = clock()
        for _ in 0..<runs { sink &+= body() }
        return clock() - start
    }

    private static func clock() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}
