internal import NIOCore
internal import NIOHTTP1
internal import RoundhouseCore

/// The request that a connection is busy with.
final class CurrentRequest {
    let method: HTTPMethod
    let startedAt: NIODeadline
    private(set) var requestID: String
    private(set) var facts: RequestFacts?
    var route: Route?
    var principal: Principal?
    /// What the caller may use.
    var grant = Grant.everything
    /// An answer that waits for the request's end.
    var prepared: LocalAnswer?
    /// The origin of the web page that may read the answer.
    var corsOrigin: String?
    /// Address of the client.
    var client: String?
    /// The request's journey, if it goes to a model.
    var exchange: Exchange?
    /// Why it is refused, when the refusal waits for the rest of a small body.
    var refusal: GatewayError?
    /// The connection cannot be used after this request.
    var closesAfterwards = false

    /// When it began, in nanoseconds since 1970.
    let wallClock = WallClock.nanoseconds()

    init(method: HTTPMethod, startedAt: NIODeadline, requestID: String) {
        self.method = method
        self.startedAt = startedAt
        self.requestID = requestID
    }

    /// The dialect in which it is answered; nil is OpenAI's.
    var dialect: (any Dialect)? {
        if case .inference(let api) = route?.action { api.other?.dialect } else { nil }
    }

    var keepAlive: Bool { facts?.keepAlive == true }
    var isAnswering: Bool { exchange?.isWaitingForBody == false }

    func adopt(_ facts: RequestFacts) {
        self.facts = facts
        if let id = facts.requestID { requestID = id }
    }

    /// The record of an answer that the gateway made itself.
    func record(answer: LocalAnswer, now: NIODeadline) -> RequestRecord {
        var record = RequestRecord()
        record.startedAt = wallClock
        record.requestID = requestID
        record.route = route?.label ?? "none"
        record.feature = facts?.feature
        record.key = principal?.keyID
        record.team = principal?.team
        record.client = client
        if case .inference = route?.action { record.isInference = true }
        record.status = answer.status
        record.outcome = answer.status < 400 ? .ok : .refused
        record.errorCode = answer.errorCode
        record.bytesOut = answer.body.count
        record.durationMicroseconds = (now - startedAt).microseconds
        return record
    }
}

extension Exchange {
    /// Whether the client's body is still on its way.
    var isWaitingForBody: Bool {
        if case .receiving = phase { return true }
        return false
    }
}
