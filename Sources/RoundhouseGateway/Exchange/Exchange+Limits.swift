internal import NIOCore
internal import RoundhouseCore

extension Exchange {
    /// Takes what the request is expected to need from the limits of its key, its team and its model.
    func takeLimits(maxTokens: Int?) throws(GatewayError) {
        let ofModel = snapshot.modelLimits[modelIndex]
        guard ofModel != nil || !grant.limits.isEmpty else { return }
        var subjects = grant.limits
        if let ofModel { subjects.append(ofModel) }
        let estimate = snapshot.estimators[modelIndex].estimate(bodyBytes: body.readableBytes, maxTokens: maxTokens)
        var use = UsageAmounts()
        use.inputTokens = estimate.inputTokens
        use.outputTokens = estimate.outputTokens
        let price = model.cost.map { LimitPrice(estimate: $0.cost(of: use), currency: $0.currency) }
        switch Admission.admit(subjects, estimate: estimate, price: price, now: limitTime) {
        case .admitted(let admission): self.admission = admission
        case .refused(let refusal): throw .limited(refusal)
        }
    }

    /// Gives back what was taken too much, or takes what was taken too little.
    func settleLimits() {
        if record.usageSource == .provider, let output = record.usage.outputTokens {
            snapshot.estimators[modelIndex].learn(
                bodyBytes: record.bytesIn, inputTokens: record.usage.inputTokens ?? 0, outputTokens: output)
        }
        guard var admission = admission.take() else { return }
        var tokens: Int?
        if record.usageSource != .none { tokens = (record.usage.inputTokens ?? 0) + (record.usage.outputTokens ?? 0) }
        admission.settle(tokens: tokens, cost: record.cost, now: limitTime)
    }

    /// Now, as limits count it.
    var limitTime: LimitTime {
        LimitTime(
            uptimeNanoseconds: Int64(bitPattern: NIODeadline.now().uptimeNanoseconds),
            wallSeconds: WallClock.nanoseconds() / 1_000_000_000)
    }
}
