extension RouteDecision {
    /// What a client is told where no model can take its request: the reason that it, or waiting, can do most about. Models that the
    /// caller may not use are not named.
    /// - Parameter name: what the client asked for.
    func refusal(_ name: String, models: [RoutedModel], nearest: @autoclosure () -> [String]) -> GatewayError {
        var passed: [(model: RoutedModel, obstacle: RouteObstacle)] = []
        for case .passed(let model, _, let obstacle) in steps where obstacle != .notAllowed {
            passed.append((models[model], obstacle))
        }
        if passed.isEmpty {
            let isForbidden = steps.contains { if case .passed = $0 { true } else { false } }
            return isForbidden
                ? .modelNotAllowed(name, nearest: nearest())
                : .modelUnavailable(
                    "No rule of the route \(name.quotedForMessage) holds for this request, and it has no fallback.")
        }
        let list = passed.map { "\($0.model.name.quotedForMessage): \($0.obstacle.explanation)" }.joined(
            separator: "; ")
        let text = "No model of \(name.quotedForMessage) can take this request now. \(list)."
        let waits = passed.compactMap { if case .resting(let seconds) = $0.obstacle { seconds } else { nil } }
        if let wait = waits.min() { return .engineFailed(text, retryAfter: wait) }
        for (model, obstacle) in passed {
            if case .tooLong(let tokens, let context) = obstacle {
                return .contextOverflow(UpstreamErrorBody.contextExplanation("at least \(tokens)", of: context))
            }
            if case .mustStay(let why) = obstacle { return .escalationForbidden(model: model.name, why) }
        }
        if passed.allSatisfy({ $0.obstacle == .unavailable }) { return .modelUnavailable(text) }
        if passed.contains(where: { $0.obstacle == .remoteMedia }) { return .remoteMedia(model: name) }
        return .wrongCapability(text)
    }
}

extension Router {
    /// Decides where a request for a route goes.
    /// - Parameter name: what the client asked for, for a refusal.
    /// - Throws: why no model can take it.
    public func decide(
        _ route: Int, _ request: borrowing RoutingRequest, grant: Grant, moment: borrowing RoutingMoment,
        name: @autoclosure () -> String
    ) throws(GatewayError) -> RouteDecision {
        let decision = table.decide(route, request, grant: grant, moment: moment)
        if !decision.candidates.isEmpty { return decision }
        let explained = table.decide(route, request, grant: grant, moment: moment, explained: true)
        let name = name()
        throw explained.refusal(name, models: table.models, nearest: nearest(to: name, for: grant))
    }
}

extension RouteJourney.Failure {
    /// What an error means for the request's way on.
    /// - Parameter wasSent: whether an upstream has had the request in this attempt.
    public init(_ error: GatewayError, wasSent: Bool) {
        switch error {
        case .contextOverflow: self = .tooLong
        case .modelUnavailable, .insufficientMemory, .queueFull, .queueTimeout, .wrongCapability, .remoteMedia,
            .escalationForbidden:
            self = .notSent
        case .limited(let refusal): self = refusal.kind == .model ? .notSent : .refused
        case .engineFailed: self = wasSent ? .busy : .notSent
        case .upstreamRateLimited: self = .busy
        case .upstreamFailed: self = .broken
        case .upstreamTimeout: self = .silent
        default: self = .refused
        }
    }
}
