internal import RoundhouseCore

/// The sums of the table `usage_daily`, of any group of requests. A nil amount is unknown for all of them.
struct UsageSums {
    var ok: Int64 = 0
    var refused: Int64 = 0
    var failed: Int64 = 0
    var cut: Int64 = 0
    var cancelled: Int64 = 0
    /// Requests of whose use nothing is known.
    var unmetered: Int64 = 0
    /// Requests whose use is estimated, and the tokens of those.
    var estimated: Int64 = 0
    var estimatedTokens: Int64 = 0
    /// Requests that came to their end in a time that is known, and the microseconds of all of them.
    var timed: Int64 = 0
    var duration: Int64 = 0
    /// Those of them that had a first byte, and the microseconds until then.
    var firstBytes: Int64 = 0
    var firstByte: Int64 = 0
    var inputTokens: Int64?
    var cachedTokens: Int64?
    var outputTokens: Int64?
    var audio: Int64?
    var characters: Int64?
    var images: Int64?
    /// Billionths.
    var cost: Int64?

    /// All requests.
    var requests: Int64 { ok + refused + failed + cut + cancelled }

    /// Counts a request, by the codes of `StoredCodes`.
    mutating func count(outcome: Int64, usageSource: Int64, input: Int64?, output: Int64?) {
        switch outcome {
        case RequestRecord.Outcome.ok.storedCode: ok += 1
        case RequestRecord.Outcome.refused.storedCode: refused += 1
        case RequestRecord.Outcome.failed.storedCode: failed += 1
        case RequestRecord.Outcome.cut.storedCode: cut += 1
        default: cancelled += 1
        }
        switch usageSource {
        case RequestRecord.UsageSource.none.storedCode: unmetered += 1
        case RequestRecord.UsageSource.estimated.storedCode:
            estimated += 1
            estimatedTokens += (input ?? 0) + (output ?? 0)
        default: break
        }
    }

    /// Takes down how long a request took, if it came to its end.
    mutating func time(outcome: Int64, duration: Int64, firstByte: Int64?) {
        guard outcome == RequestRecord.Outcome.ok.storedCode else { return }
        timed += 1
        self.duration &+= duration
        guard let firstByte else { return }
        firstBytes += 1
        self.firstByte &+= firstByte
    }

    /// Adds to an amount: unknown and unknown stays unknown, and what would not fit is the largest that does.
    static func add(_ value: Int64?, to sum: inout Int64?) {
        guard let value else { return }
        guard let old = sum else {
            sum = value
            return
        }
        let (new, overflow) = old.addingReportingOverflow(value)
        sum = overflow ? (old > 0 ? .max : .min) : new
    }
}
