internal import NIOCore
internal import NIOHTTP1
internal import RoundhouseCore

/// Requests that have a choice: where they go first.
extension Exchange {
    var shared: SharedState { context.shared }

    /// Decides about a request for a route, and settles on its first candidate.
    func chooseRoute(
        _ route: Int, _ reason: Router.Reason, _ name: UnsafeRawBufferPointer, _ envelope: RequestEnvelope?
    ) throws(GatewayError) {
        let name = String(decoding: name, as: UTF8.self)
        record.requestedModel = String(name.prefix(128))
        let draw = context.nextDraw()
        let decision = try decide(route, envelope, draw: draw, name: name)
        routing = RoutedRequest(decision.candidates, body: body, envelope: envelope, draw: draw)
        shared.endpoints.began()
        settleOnCandidate()
        if reason == .alias, record.reason == Router.Reason.name.rawValue { record.reason = reason.rawValue }
    }

    private func decide(
        _ route: Int, _ envelope: RequestEnvelope?, draw: UInt64, name: String
    ) throws(GatewayError) -> RouteDecision {
        let moment = context.moment(snapshot)
        return try body.withUnsafeReadableBytes { bytes throws(GatewayError) in
            let request = RoutingRequest(
                api.capability, envelope, in: bytes, from: caller, leastContext: snapshot.router.table.leastContext,
                draw: draw)
            return try snapshot.router.decide(route, request, grant: grant, moment: moment, name: name)
        }
    }

    /// Who makes the request.
    private var caller: RoutingCaller {
        let facts = facts
        return RoutingCaller(
            feature: record.feature, team: principal.team, key: principal.keyID, address: record.client,
            header: { facts.headers.first(name: $0) })
    }

    /// The request names a model whose endpoints are a choice.
    func chooseEndpoints() {
        let candidate = RouteDecision.Candidate(model: modelIndex, reason: record.reason ?? "", arm: nil)
        routing = RoutedRequest([candidate], body: body, envelope: nil, draw: context.nextDraw())
        routing?.settle(on: snapshot.endpointSets[modelIndex])
        shared.endpoints.began()
    }

    /// From now on the request is for the candidate that its journey is at.
    func settleOnCandidate() {
        guard let routing else { return }
        let candidate = routing.journey.candidate
        modelIndex = candidate.model
        routing.settle(on: snapshot.endpointSets[modelIndex])
        record.model = model.name
        record.backend = model.profile.name
        record.reason =
            routing.failed.isEmpty
            ? candidate.reason
            : candidate.reason + " after:" + routing.failed.map(\.headerSafe).joined(separator: ",")
        record.arm = candidate.arm
        clock = AnswerClock(model.timeouts)
    }

    /// What keeps the request at an endpoint.
    var affinity: EndpointBalance.Affinity {
        guard let kind = model.affinity else { return .none }
        // A form, or a dialect's own message, has no prompt that could be looked at twice.
        return body.withUnsafeReadableBytes { bytes in
            let envelope: RequestEnvelope
            do throws(EnvelopeError) { envelope = try RequestEnvelope.scan(bytes) } catch { return .none }
            switch kind {
            case .prefix: return .prefix(PromptPrefix(envelope, in: bytes))
            case .session:
                return .session(caller.stickyHash(.session, envelope, in: bytes))
            }
        }
    }

    /// Picks the endpoint that the request goes to; fails the request if none may be asked now.
    func pickEndpoint() -> Bool {
        guard let routing, let set = routing.endpoints else { return true }
        let now = NIODeadline.now()
        if let endpoint = routing.pick(affinity, now: now) {
            self.endpoint = endpoint
            return true
        }
        let wait = set.wait(now: now.nanoseconds) ?? 1
        let what = set.endpoints.count == 1 ? "The endpoint of" : "All endpoints of"
        fail(
            .engineFailed(
                "\(what) \(model.name.quotedForMessage) failed repeatedly, or asked for a pause; tried again in \(wait) s.",
                retryAfter: wait))
        return false
    }
}
