internal import NIOCore
internal import RoundhouseCore

extension Exchange {
    /// Takes what the request is expected to need from the limits of its key, its team and its model.
    /// Not inlined, so that the gate of instructions finds it.
    @inline(never)
    func takeLimits(maxTokens: Int?) throws(GatewayError) {
        let ofModel = snapshot.modelLimits[modelIndex]
        guard ofModel != nil || routing != nil || grant.keyLimits != nil || grant.teamLimits != nil else { return }
        let estimate = snapshot.estimators[modelIndex].estimate(
            bodyBytes: record.bytesIn, maxTokens: maxTokens, hasImages: hasImages)
        let price = model.cost
        var usage = estimate.usage
        usage.characters = units.characters
        usage.images = units.images
        do throws(LimitRefusal) {
            if routing?.failed.isEmpty == false {
                try admission.move(
                    to: ofModel, estimate: estimate, cost: price.map { $0.cost(of: usage) },
                    currency: price?.currency ?? "", now: limitTime(.now()))
                return
            }
            try admission.admit(
                key: grant.keyLimits, team: grant.teamLimits, model: ofModel, estimate: estimate,
                cost: price.map { $0.cost(of: usage) }, currency: price?.currency ?? "",
                now: limitTime(bodyCompleteAt))
        } catch {
            throw .limited(error)
        }
    }

    /// Gives back what was taken too much, or takes what was taken too little.
    /// Not inlined, so that the gate of instructions finds it.
    @inline(never)
    func settleLimits(now: NIODeadline) {
        guard snapshot.hasLimits else { return }
        var tokens: Int?
        if record.usageSource != .none {
            tokens = (record.usage.inputTokens ?? 0) + (record.usage.outputTokens ?? 0)
        }
        admission.settle(tokens: tokens, cost: record.cost, now: limitTime(now))
        guard record.usageSource == .provider else { return }
        snapshot.estimators[modelIndex].learn(
            bodyBytes: record.bytesIn, inputTokens: record.usage.inputTokens, outputTokens: record.usage.outputTokens,
            hasImages: hasImages)
    }

    /// A moment of this request on both clocks, without asking either again.
    private func limitTime(_ moment: NIODeadline) -> LimitTime {
        LimitTime(
            uptimeNanoseconds: Int64(clamping: moment.uptimeNanoseconds),
            wallSeconds: (record.startedAt + (moment - startedAt).nanoseconds) / 1_000_000_000)
    }
}

extension LimitTime {
    /// This moment.
    static var now: LimitTime {
        LimitTime(
            uptimeNanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds),
            wallSeconds: WallClock.nanoseconds() / 1_000_000_000)
    }
}
