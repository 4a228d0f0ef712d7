/// Where a request goes, and what it was not sent to.
public struct RouteDecision: Sendable {
    /// A model that may get the request.
    public struct Candidate: Sendable, Equatable {
        /// Index among the models.
        public var model: Int
        /// What led there: `rule:feature=legal-review`.
        public var reason: String
        /// The route and the arm of its split that it stands for: `assistant/llama3`.
        public var arm: String?

        /// Makes a candidate.
        public init(model: Int, reason: String, arm: String? = nil) {
            self.model = model
            self.reason = reason
            self.arm = arm
        }
    }

    /// Something that was looked at, for whoever wants it explained.
    public enum Step: Sendable, Equatable {
        /// A rule of a route, and whether its condition held.
        case rule(route: String, number: Int, label: String, holds: Bool)
        /// No rule held.
        case noRule(route: String)
        /// A model became a candidate.
        case candidate(model: Int, reason: String)
        /// A model was passed over.
        case passed(model: Int, reason: String, RouteObstacle)
    }

    /// In the order in which they are tried; at most `RouteTable.candidateLimit`.
    public internal(set) var candidates: [Candidate] = []
    /// What was looked at, in order; empty unless it was asked for.
    public internal(set) var steps: [Step] = []
    /// Candidates whose context is probably too small; they are tried where there is no other.
    var unlikely: [(candidate: Candidate, obstacle: RouteObstacle)] = []
    var isExplained: Bool

    init(explained: Bool) { isExplained = explained }
}

/// What changes from one moment to the next, and decides too.
public struct RoutingMoment {
    /// Seconds until a model may be tried again, by its index; nil if it may be now.
    public var resting: (Int) -> Int?
    /// The models in the order of a preference that follows what is loaded or measured; nil leaves it to the files.
    public var order: (RoutePreference) -> [Int]?

    /// A moment in which everything is well and nothing is known.
    public init(
        resting: @escaping (Int) -> Int? = { _ in nil }, order: @escaping (RoutePreference) -> [Int]? = { _ in nil }
    ) {
        self.resting = resting
        self.order = order
    }
}

extension RouteTable {
    /// Decides. Pure: the same request at the same moment goes the same way.
    /// - Parameter explained: whether every step is noted.
    ///
    /// Not inlined, so that the gate of instructions finds it.
    @inline(never)
    public func decide(
        _ route: Int, _ request: borrowing RoutingRequest, grant: Grant, moment: borrowing RoutingMoment,
        explained: Bool = false
    ) -> RouteDecision {
        var walk = RouteWalk(table: self, grant: grant, decision: RouteDecision(explained: explained))
        walk.visit(route, "", nil, request, moment)
        return walk.finished()
    }
}

/// One decision being made.
struct RouteWalk {
    let table: RouteTable
    let grant: Grant
    var decision: RouteDecision

    private var isFull: Bool { decision.candidates.count >= RouteTable.candidateLimit }

    init(table: RouteTable, grant: Grant, decision: RouteDecision) {
        self.table = table
        self.grant = grant
        self.decision = decision
    }

    mutating func visit(
        _ index: Int, _ prefix: String, _ arm: String?, _ request: borrowing RoutingRequest,
        _ moment: borrowing RoutingMoment
    ) {
        let route = table.routes[index]
        var isDecided = false
        for (number, rule) in route.rules.enumerated() {
            let holds = rule.holds(for: request)
            if decision.isExplained {
                decision.steps.append(.rule(route: route.name, number: number + 1, label: rule.label, holds: holds))
            }
            guard holds else { continue }
            follow(rule, of: route, prefix, arm, request, moment)
            isDecided = true
            break
        }
        if !isDecided, decision.isExplained { decision.steps.append(.noRule(route: route.name)) }
        for (destination, label) in route.fallback where !isFull {
            go(to: destination, prefix + label, nil, request, moment)
        }
    }

    private mutating func follow(
        _ rule: CompiledRule, of route: RouteTable.Route, _ prefix: String, _ arm: String?,
        _ request: borrowing RoutingRequest, _ moment: borrowing RoutingMoment
    ) {
        switch rule.target {
        case .one(let destination): go(to: destination, prefix + rule.label, arm, request, moment)
        case .split(let arms, let total, let sticky):
            let hash = sticky.flatMap { request.sticky($0) }.map { StickyHash.of(route.name, seed: $0) } ?? request.draw
            guard let chosen = choose(arms, total, hash, request, moment) else { return }
            let label = rule.isUnconditional ? chosen.label : rule.label + "," + chosen.label
            go(to: chosen.destination, prefix + label, "\(route.name)/\(chosen.name)", request, moment)
        case .capability(let capability, let preference):
            for index in moment.order(preference) ?? table.order(preference) where !isFull {
                guard table.models[index].capabilities.contains(capability) else { continue }
                let label = rule.isUnconditional ? "prefer:\(preference.rawValue)" : rule.label
                consider(index, prefix + label, arm, request, moment)
            }
        }
    }

    /// The arm at which a hash falls. Whoever falls at one that cannot serve the request falls again among the others, so that
    /// nobody else moves.
    private mutating func choose(
        _ arms: [RouteTable.Arm], _ total: Int, _ hash: UInt64, _ request: borrowing RoutingRequest,
        _ moment: borrowing RoutingMoment
    ) -> RouteTable.Arm? {
        var arms = arms
        var total = total
        var hash = hash
        while true {
            var place = StickyHash.place(hash, of: total)
            guard
                let index = arms.firstIndex(where: { arm in
                    place -= arm.weight
                    return place < 0
                })
            else { return nil }
            guard arms.count > 1, case .model(let model) = arms[index].destination,
                let obstacle = table.models[model].obstacle(request, index: model, grant: grant)
                    ?? moment.resting(model).map(RouteObstacle.resting)
            else { return arms[index] }
            if decision.isExplained {
                decision.steps.append(.passed(model: model, reason: arms[index].label, obstacle))
            }
            total -= arms[index].weight
            arms.remove(at: index)
            hash = StickyHash.mix(hash)
        }
    }

    private mutating func go(
        to destination: RouteTable.Destination, _ reason: String, _ arm: String?,
        _ request: borrowing RoutingRequest, _ moment: borrowing RoutingMoment
    ) {
        switch destination {
        case .model(let index): consider(index, reason, arm, request, moment)
        case .route(let index): visit(index, reason + ">", arm, request, moment)
        }
    }

    private mutating func consider(
        _ index: Int, _ reason: String, _ arm: String?, _ request: borrowing RoutingRequest,
        _ moment: borrowing RoutingMoment
    ) {
        if decision.candidates.contains(where: { $0.model == index }) { return }
        if decision.unlikely.contains(where: { $0.candidate.model == index }) { return }
        let model = table.models[index]
        let obstacle =
            model.obstacle(request, index: index, grant: grant) ?? moment.resting(index).map(RouteObstacle.resting)
        if let obstacle {
            if decision.isExplained { decision.steps.append(.passed(model: index, reason: reason, obstacle)) }
            return
        }
        let candidate = RouteDecision.Candidate(model: index, reason: reason, arm: arm)
        if let context = model.context, request.inputTokens > context {
            decision.unlikely.append((candidate, .tooLong(request.inputTokens, context)))
            return
        }
        add(candidate)
    }

    private mutating func add(_ candidate: RouteDecision.Candidate) {
        decision.candidates.append(candidate)
        if decision.isExplained {
            decision.steps.append(.candidate(model: candidate.model, reason: candidate.reason))
        }
    }

    /// A prompt that is only expected not to fit is sent where nothing larger is.
    consuming func finished() -> RouteDecision {
        for (candidate, obstacle) in decision.unlikely {
            if decision.candidates.isEmpty {
                add(candidate)
            } else if decision.isExplained {
                decision.steps.append(.passed(model: candidate.model, reason: candidate.reason, obstacle))
            }
        }
        decision.unlikely = []
        return decision
    }
}
