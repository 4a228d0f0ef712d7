/// Every way in which the gateway itself refuses or fails a request. Each layer throws its own small type; they are
/// turned into this one, and `answer` is the only table of statuses, types and codes (design, section 5).
public enum GatewayError: Error, Sendable, Equatable {
    /// The request is not HTTP that we accept; the connection is closed after the answer.
    case malformedRequest(String)
    /// The request head is larger than the parser's limits.
    case headTooLarge
    /// The head, or the body, did not come in time.
    case requestTimeout(String)
    /// The path is not in the route table.
    case unknownPath(String)
    /// The path exists, with other methods.
    case methodNotAllowed(allowed: String)
    /// `Host` names something that is not us, on a loopback bind.
    case hostNotAllowed(String)
    /// `Origin` names a web page of another host, on a loopback bind.
    case originNotAllowed(String)
    /// No key was given.
    case missingKey
    /// The key is unknown, revoked or expired.
    case invalidKey
    /// Two different keys came with one request.
    case conflictingKeys
    /// The key is valid, and not for this.
    case keyNotAllowed(String)
    /// The body is larger than the limit, in bytes.
    case bodyTooLarge(limit: Int)
    /// The upload is larger than the limit, in bytes.
    case uploadTooLarge(limit: Int)
    /// The upload cannot be written to disk, or not be read again; the message says why.
    case uploadNotStored(String)
    /// The body is not JSON or not a form that we accept, or a field is wrong.
    case invalidBody(message: String, parameter: String?)
    /// `model` is missing.
    case missingModel
    /// No model of this name; `nearest` are names that the caller may use.
    case unknownModel(String, nearest: [String])
    /// The caller may not use this model; `nearest` are names that it may.
    case modelNotAllowed(String, nearest: [String])
    /// The request would leave the house, and must not.
    case escalationForbidden(model: String, Grant.LocalOnly)
    /// A limit or a budget is used up.
    case limited(LimitRefusal)
    /// The ledger is required and cannot be written to.
    case ledgerUnavailable
    /// The model cannot do this; the message says what it can do.
    case wrongCapability(String)
    /// The request names media by URL, and the engine must not fetch any.
    case remoteMedia(model: String)
    /// The prompt does not fit into the model's context.
    case contextOverflow(String)
    /// An engine or upstream refused the request for another reason of the client's.
    case upstreamRefused(status: Int, message: String, parameter: String?, code: String?)
    /// An upstream limits us; seconds until it wants to be asked again.
    case upstreamRateLimited(message: String, retryAfter: Int?)
    /// The model's weights or engine are missing on this machine.
    case modelUnavailable(String)
    /// There is no such answer among those that are kept for the caller; `previous` if a request goes on from it.
    case unknownAnswer(String, previous: Bool)
    /// Answers are not kept here.
    case answersNotKept
    /// An answer that is kept cannot be treated like this, or not be read; the message says why.
    case answerRefused(String)
    /// The answers that are kept cannot be read.
    case archiveUnavailable
    /// There is no such picture, or not any more.
    case unknownPicture
    /// Too many requests wait for the model.
    case queueFull(model: String, retryAfter: Int)
    /// No place became free in time.
    /// - Parameter because: why there was none, in a sentence without its full stop; nil for places that others had.
    case queueTimeout(model: String, because: String? = nil, retryAfter: Int)
    /// The model does not fit into memory; the message says why.
    case insufficientMemory(String)
    /// The engine failed to start, or waits before its next try.
    case engineFailed(String, retryAfter: Int)
    /// The request has been here before, or through too many gateways.
    case loop(String)
    /// Roundhouse is stopping.
    case shuttingDown
    /// The engine or upstream died, hung up or answered nonsense under the request.
    case upstreamFailed(String)
    /// The upstream was silent; the message says which timeout.
    case upstreamTimeout(String)
    /// The client left; nobody reads this answer, the records do.
    case clientClosed
    /// Something in the gateway that should not happen.
    case internalError(String)
}
