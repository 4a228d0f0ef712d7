import RoundhouseCore

/// 2026-11-24T00:00:00Z in seconds since 1970.
let midnight: Int64 = 1_795_478_400

extension RequestRecord {
    /// An answered request of team `research`.
    static func sample(_ id: String = "req-1", at seconds: Int64 = midnight + 3600) -> RequestRecord {
        var record = RequestRecord()
        record.startedAt = seconds * 1_000_000_000
        record.requestID = id
        record.route = "POST /v1/chat/completions"
        record.feature = "doc-summary"
        record.backend = "llama-cpp"
        record.model = "llama3"
        record.requestedModel = "assistant"
        record.reason = "alias"
        record.key = "research-ci"
        record.team = "research"
        record.usage.inputTokens = 890
        record.usage.outputTokens = 120
        record.usageSource = .provider
        record.status = 200
        record.outcome = .ok
        return record
    }

    /// The same, sent to a priced model outside.
    static func escalation(_ id: String, at seconds: Int64 = midnight + 3600) -> RequestRecord {
        var record = sample(id, at: seconds)
        record.backend = "openai"
        record.model = "cloud-mid"
        record.reason = "rule:feature=legal-review"
        record.cost = Money(billionths: 123_456)
        record.currency = "USD"
        record.escalated = true
        return record
    }

    /// Anything at all, within some days from `midnight` on.
    static func random(_ random: inout SeededRandom, days: Int) -> RequestRecord {
        var record = RequestRecord()
        let second = Int64(random.below(days * 86_400))
        record.startedAt = (midnight + second) * 1_000_000_000 + Int64(random.below(1_000_000_000))
        record.requestID = "req-\(random.next())"
        record.route = random.pick(["POST /v1/chat/completions", "POST /v1/embeddings", ""])
        record.feature = random.pick([nil, "", "doc-summary", "é", "a\u{0}b"])
        record.backend = random.pick([nil, "llama-cpp", "openai"])
        record.model = random.pick([nil, "llama3", "cloud-mid", "'; DROP TABLE names; --"])
        record.requestedModel = random.pick([nil, "llama3", "nonsense"])
        record.key = random.pick([nil, "a", "b"])
        record.team = random.pick([nil, "research", "sales"])
        record.outcome = random.pick([.ok, .refused, .failed, .cut, .cancelled])
        record.usageSource = random.pick([.provider, .estimated, .none])
        record.usage.inputTokens = random.pick([nil, 0, 1, 890, .max, -3])
        record.usage.cachedTokens = random.pick([nil, 0, 400])
        record.usage.outputTokens = random.pick([nil, 0, 120])
        record.usage.audioMilliseconds = random.pick([nil, 1500])
        record.usage.characters = random.pick([nil, 77])
        record.usage.images = random.pick([nil, 0, 2])
        if random.one(in: 2) {
            record.cost = random.pick([.zero, Money(billionths: 7), Money(billionths: 3_000_000_001)])
            record.currency = random.pick(["USD", "EUR", nil])
        }
        record.escalated = random.one(in: 5)
        record.durationMicroseconds = random.below(1_000_000)
        record.firstByteMicroseconds = random.pick([nil, 0, 41_000])
        record.arm = random.pick([nil, "assistant/llama3", "assistant/cloud-mid"])
        return record
    }
}
