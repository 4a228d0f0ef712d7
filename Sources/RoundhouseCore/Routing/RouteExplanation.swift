/// Where a request would go and why, for people and programs. Nothing is sent for it.
public struct RouteExplanation: Sendable, Codable, Equatable {
    /// A model that would be tried.
    public struct Candidate: Sendable, Codable, Equatable {
        /// Its name.
        public var model: String
        /// Its engine.
        public var backend: String
        /// What led there, as `x-roundhouse-route` would say it.
        public var reason: String
        /// Whether the request would leave the house.
        public var escalates: Bool
    }

    /// The name that was asked for.
    public var requested: String
    /// In the order in which they would be tried; empty if none can take the request.
    public var candidates: [Candidate] = []
    /// Every rule and model that was looked at, in order, as sentences.
    public var steps: [String] = []
    /// Tokens that the prompt is expected to have.
    public var inputTokens: Int
    /// What the request needs besides the API.
    public var needs: [String]
    /// What the client would be told; nil if it would get an answer.
    public var error: String?

    /// Explains what a router decides about a request for a name.
    public init(
        _ name: String, _ request: borrowing RoutingRequest, router: Router, grant: Grant,
        moment: borrowing RoutingMoment
    ) {
        requested = name
        inputTokens = request.inputTokens
        needs = request.needs.words
        guard let match = router.match(name) else {
            error = GatewayError.unknownModel(name, nearest: router.nearest(to: name, for: grant)).answer.message
            return
        }
        guard match.isRoute else {
            explain(match, request, router, grant, moment)
            return
        }
        let decision = router.table.decide(match.index, request, grant: grant, moment: moment, explained: true)
        candidates = decision.candidates.map { candidate in
            Self.candidate(router.models[candidate.model], candidate.reason)
        }
        steps = decision.steps.map { Self.text($0, router) }
        guard decision.candidates.isEmpty else { return }
        error =
            decision.refusal(name, models: router.table.models, nearest: router.nearest(to: name, for: grant)).answer
            .message
    }

    /// A name that stands for one model.
    private mutating func explain(
        _ match: Router.Match, _ request: borrowing RoutingRequest, _ router: Router, _ grant: Grant,
        _ moment: borrowing RoutingMoment
    ) {
        let model = router.models[match.index]
        let shown = model.name.quotedForMessage
        steps = [
            "\(requested.quotedForMessage) is the \(match.reason.rawValue) of the model \(shown), which has no fallback"
        ]
        let obstacle =
            router.table.models[match.index].obstacle(request, index: match.index, grant: grant)
            ?? moment.resting(match.index).map(RouteObstacle.resting)
        if let obstacle {
            error = "The model \(shown) cannot take this request: \(obstacle.explanation)."
        } else {
            candidates = [Self.candidate(model, match.reason.rawValue)]
        }
    }

    private static func candidate(_ model: Model, _ reason: String) -> Candidate {
        Candidate(model: model.name, backend: model.profile.name, reason: reason, escalates: model.leavesTheHouse)
    }

    private static func text(_ step: RouteDecision.Step, _ router: Router) -> String {
        func name(_ model: Int) -> String { router.models[model].name.quotedForMessage }
        switch step {
        case .rule(let route, let number, let label, let holds):
            return "route \(route.quotedForMessage), rule \(number) (\(label.dropFirst("rule:".count))): "
                + (holds ? "holds" : "does not hold")
        case .noRule(let route): return "route \(route.quotedForMessage): no rule holds"
        case .candidate(let model, let reason): return "\(name(model)): would be tried (\(reason))"
        case .passed(let model, let reason, let obstacle):
            return "\(name(model)): passed over (\(reason)): \(obstacle.explanation)"
        }
    }
}
