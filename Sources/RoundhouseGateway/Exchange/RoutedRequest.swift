internal import NIOCore
internal import RoundhouseCore

/// What is known of a request that has a choice: among models, because it names a route, or among endpoints, because its model
/// has several. Confined to its exchange's loop.
final class RoutedRequest {
    var journey: RouteJourney
    /// The body as the client sent it; a translation for one model is not for another.
    let body: ByteBuffer
    /// What was found in that body; nil for a form.
    let envelope: RequestEnvelope?
    /// Random bits, the same for all its attempts.
    let draw: UInt64
    /// Names of the models that have failed.
    private(set) var failed: [String] = []

    /// Endpoints of the present model, where it has a choice.
    private(set) var endpoints: EndpointSet?
    /// Which of them the request is at.
    private(set) var endpoint: Int?
    /// A bit for each that it has been at.
    private var tried: UInt64 = 0
    private var isJudged = true
    /// Whether an upstream has had the request in this attempt.
    var wasSent = false

    init(_ candidates: [RouteDecision.Candidate], body: ByteBuffer, envelope: RequestEnvelope?, draw: UInt64) {
        journey = RouteJourney(candidates)
        self.body = body
        self.envelope = envelope
        self.draw = draw
    }

    /// The request is for this model now.
    func settle(on endpoints: EndpointSet?) {
        leave(now: .now())
        self.endpoints = endpoints
        tried = 0
        wasSent = false
    }

    /// The present model has failed.
    func noteFailure(of model: String) { failed.append(model) }

    /// Picks an endpoint, or says how many seconds none may be asked.
    func pick(_ affinity: EndpointBalance.Affinity, now: NIODeadline) -> Endpoint? {
        guard let endpoints else { return nil }
        leave(now: now)
        guard let index = endpoints.pick(affinity, draw: draw, tried: tried, now: now.nanoseconds) else { return nil }
        endpoint = index
        tried |= 1 << UInt64(index)
        isJudged = false
        wasSent = false
        return endpoints.endpoints[index]
    }

    /// Whether the present model has an endpoint that was not tried and may be asked now.
    func hasOtherEndpoint(now: NIODeadline) -> Bool {
        guard let endpoints else { return false }
        return endpoints.wait(tried: tried, now: now.nanoseconds) == nil
    }

    /// Takes down what the present endpoint is like; only the first word about an attempt counts.
    func judge(now: NIODeadline, _ change: (inout CircuitBreaker, Int64) -> Void) {
        guard !isJudged, let endpoint else { return }
        isJudged = true
        endpoints?.judge(endpoint) { change(&$0, now.nanoseconds) }
    }

    /// The request is not at an endpoint any more.
    func leave(now: NIODeadline) {
        judge(now: now) { $0.abandoned(now: $1) }
        if let endpoint { endpoints?.left(endpoint) }
        endpoint = nil
    }
}

extension NIODeadline {
    /// For the machines of Core, which count on the same clock.
    var nanoseconds: Int64 { Int64(clamping: uptimeNanoseconds) }
}
