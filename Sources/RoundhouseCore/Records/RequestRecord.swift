/// What one inference request came to. Made for each of them, also the refused, failed, cut and cancelled ones, in one
/// place; the access log and the metrics are its readers.
public struct RequestRecord: Sendable {
    /// How a request ended.
    public enum Outcome: String, Sendable {
        /// Answered in full.
        case ok
        /// Refused before an engine saw it.
        case refused
        /// The engine or upstream answered with an error, died or was silent before the first byte of an answer.
        case failed
        /// The answer had begun and did not come to its proper end.
        case cut
        /// The client left.
        case cancelled
    }

    /// Where the token counts come from.
    public enum UsageSource: String, Sendable {
        /// The engine said them.
        case provider
        /// Counted by us from the events of the stream.
        case estimated
        /// Nothing is known.
        case none
    }

    /// When the request's head had been read: nanoseconds since 1970.
    public var startedAt: Int64 = 0
    /// The id in `x-request-id`.
    public var requestID = ""
    /// Method and path as the route table names them, `POST /v1/chat/completions`.
    public var route = ""
    /// Whether it is one for a model, which the ledger keeps.
    public var isInference = false
    /// The feature that the client named.
    public var feature: String?
    /// The engine of the model that served it.
    public var backend: String?
    /// The model that served it.
    public var model: String?
    /// The name that the client sent.
    public var requestedModel: String?
    /// Why this model was chosen: `name`, `alias`.
    public var reason: String?
    /// The route and the arm of its split that it was given to: `assistant/llama3`.
    public var arm: String?
    /// Id of the key, never the key.
    public var key: String?
    /// Team of the key.
    public var team: String?
    /// Address of the client, as far as trusted proxies tell it; nil on the control socket.
    public var client: String?
    /// What it used.
    public var usage = UsageAmounts()
    /// Where those counts come from.
    public var usageSource: UsageSource = .none
    /// Price in `currency`; nil is unpriced.
    public var cost: Money?
    /// ISO 4217 code of `cost`.
    public var currency: String?
    /// HTTP status; 499 if the client left before an answer began.
    public var status = 0
    /// How it ended.
    public var outcome: Outcome = .refused
    /// Code of the error, as in the answer's `error.code`.
    public var errorCode: String?
    /// Whether the client asked for a stream.
    public var stream = false
    /// Whether it left this machine's own engines for a priced one.
    public var escalated = false
    /// The models outside that it was sent to, parted by commas.
    public var escalatedModels: String?
    /// Microseconds spent waiting for a place.
    public var queueMicroseconds = 0
    /// Microseconds spent waiting for the engine to load.
    public var loadMicroseconds = 0
    /// Microseconds from the head's arrival to the first byte of the answer's body passed on; nil if there was none.
    public var firstByteMicroseconds: Int?
    /// Microseconds from the head's arrival to the end.
    public var durationMicroseconds = 0
    /// Microseconds that the gateway itself took before the request went upstream, without queue, load and the client's
    /// own time to send its body.
    public var overheadMicroseconds = 0
    /// Bytes of the request body.
    public var bytesIn = 0
    /// Bytes of the answer's body.
    public var bytesOut = 0

    /// An empty record.
    public init() {}
}
