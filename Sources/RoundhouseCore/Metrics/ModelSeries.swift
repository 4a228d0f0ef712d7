/// What is counted of the requests to one model.
struct ModelSeries: Sendable {
    var input = TokenCount()
    var output = TokenCount()
    var cachedTokens = 0
    var audioMilliseconds = 0
    var characters = 0
    var images = 0
    var escalations = 0
    var cost = CostSums()
    var histograms = HistogramSet()

    /// Tokens by who counted them.
    struct TokenCount: Sendable {
        var provider = 0
        var estimated = 0

        mutating func add(_ tokens: Int, _ source: RequestRecord.UsageSource) {
            if source == .estimated {
                estimated = estimated.addingUpToLargest(tokens)
            } else {
                provider = provider.addingUpToLargest(tokens)
            }
        }

        mutating func add(_ other: TokenCount) {
            provider = provider.addingUpToLargest(other.provider)
            estimated = estimated.addingUpToLargest(other.estimated)
        }
    }

    /// Counts a request.
    mutating func count(_ record: RequestRecord) {
        count(record.usage, record.usageSource)
        if let amount = record.cost, let currency = record.currency { cost.add(amount, currency) }
        if record.escalated { escalations += 1 }
        histograms.count { histograms in
            histograms.observe(.duration, record.durationMicroseconds)
            guard let firstByte = record.firstByteMicroseconds else { return }
            histograms.observe(.overhead, record.overheadMicroseconds)
            histograms.observe(.queue, record.queueMicroseconds)
            histograms.observe(.load, record.loadMicroseconds)
            if record.stream { Self.countStream(record, firstByte, histograms) }
        }
    }

    private mutating func count(_ usage: UsageAmounts, _ source: RequestRecord.UsageSource) {
        if let tokens = usage.inputTokens { input.add(tokens, source) }
        if let tokens = usage.outputTokens { output.add(tokens, source) }
        if let tokens = usage.cachedTokens { cachedTokens = cachedTokens.addingUpToLargest(tokens) }
        if let time = usage.audioMilliseconds { audioMilliseconds = audioMilliseconds.addingUpToLargest(time) }
        if let number = usage.characters { characters = characters.addingUpToLargest(number) }
        if let number = usage.images { images = images.addingUpToLargest(number) }
    }

    /// An error that an engine answers with is not a first token, and a broken answer says nothing about its engine's pace.
    private static func countStream(_ record: RequestRecord, _ firstByte: Int, _ histograms: HistogramSet.Writer) {
        guard record.status < 400 || record.outcome == .cancelled else { return }
        histograms.observe(.firstToken, firstByte)
        guard record.outcome == .ok, let tokens = record.usage.outputTokens, tokens > 1 else { return }
        histograms.observe(.outputToken, (record.durationMicroseconds - firstByte) / (tokens - 1))
    }

    mutating func add(_ other: ModelSeries) {
        input.add(other.input)
        output.add(other.output)
        cachedTokens = cachedTokens.addingUpToLargest(other.cachedTokens)
        audioMilliseconds = audioMilliseconds.addingUpToLargest(other.audioMilliseconds)
        characters = characters.addingUpToLargest(other.characters)
        images = images.addingUpToLargest(other.images)
        escalations += other.escalations
        cost.add(other.cost)
        histograms.add(other.histograms)
    }
}
