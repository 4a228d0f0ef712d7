import RoundhouseCore

/// Generated requests of a small company: 100 keys of 20 teams use 30 features and 50 models, a tenth of them priced. Each
/// key has five habits, so a day has 500 groups; some keys and habits are far more common than others. The same on every run.
struct Traffic {
    private struct Habit {
        var team: String
        var key: String
        var feature: String
        var model: Int
    }

    private var random: SplitMix
    private let habits: [Habit]
    private var count = 0
    private let price: Price

    init(seed: UInt64) {
        var random = SplitMix(state: seed)
        habits = (0..<500).map { index in
            let key = index / 5
            return Habit(
                team: "team-\(key % 20)", key: "team-\(key % 20)-key-\(key)", feature: "feature-\(random.below(30))",
                model: (index % 5 * 10 + random.below(10)) % 50)
        }
        self.random = random
        var price = Price()
        price.inputPerMillion = Money(units: 0.15)
        price.outputPerMillion = Money(units: 0.60)
        self.price = price
    }

    /// How many habits there are.
    var habitCount: Int { habits.count }

    /// A request that began at a moment, in nanoseconds since 1970.
    mutating func next(at nanoseconds: Int64) -> RequestRecord {
        // Squared, so that a third of all requests belongs to a tenth of the habits.
        let draw = random.unit()
        return request(of: Int(draw * draw * Double(habits.count)), at: nanoseconds)
    }

    /// A request of one habit.
    mutating func request(of habit: Int, at nanoseconds: Int64) -> RequestRecord {
        let habit = habits[habit]
        let isPriced = habit.model % 10 == 0
        count += 1
        var record = RequestRecord()
        record.startedAt = nanoseconds
        record.requestID = "req-" + String(random.next() | 1 << 63, radix: 16)
        record.route = random.below(10) == 0 ? "POST /v1/embeddings" : "POST /v1/chat/completions"
        record.feature = habit.feature
        record.team = habit.team
        record.key = habit.key
        record.requestedModel = "model-\(habit.model)"
        record.model = record.requestedModel
        record.backend = isPriced ? "openai" : "llama-cpp"
        record.reason = "name"
        record.client = "10.0.\(random.below(4)).\(random.below(250))"
        record.stream = random.below(3) > 0
        record.status = 200
        record.outcome = .ok
        record.usageSource = random.below(20) == 0 ? .estimated : .provider
        record.usage.inputTokens = 50 + random.below(4000)
        record.usage.cachedTokens = random.below(50)
        record.usage.outputTokens = 1 + random.below(800)
        if isPriced {
            record.cost = price.cost(of: record.usage)
            record.currency = price.currency
            record.escalated = random.below(5) == 0
        }
        if random.below(20) == 0 { fail(&record) }
        record.queueMicroseconds = random.below(8) == 0 ? random.below(200_000) : 0
        record.firstByteMicroseconds = 30_000 + random.below(400_000)
        record.durationMicroseconds = 200_000 + random.below(9_000_000)
        record.overheadMicroseconds = 40 + random.below(200)
        record.bytesIn = 300 + random.below(16_000)
        record.bytesOut = 200 + random.below(60_000)
        return record
    }

    private mutating func fail(_ record: inout RequestRecord) {
        let outcomes: [RequestRecord.Outcome] = [.refused, .failed, .cut, .cancelled]
        record.outcome = outcomes[random.below(4)]
        record.status = [429, 502, 200, 499][random.below(4)]
        record.errorCode = ["rate_limit_exceeded", "upstream_error", "stream_cut", "client_closed"][random.below(4)]
        guard record.outcome == .refused else { return }
        record.usage = UsageAmounts()
        record.usageSource = .none
        (record.cost, record.currency, record.escalated) = (nil, nil, false)
    }
}

/// SplitMix64.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func below(_ limit: Int) -> Int {
        Int(next() >> 33) % limit
    }

    mutating func unit() -> Double {
        Double(next() >> 11) / Double(1 << 53)
    }
}
