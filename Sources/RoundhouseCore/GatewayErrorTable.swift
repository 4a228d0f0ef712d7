/// What a client is told about an error.
public struct ErrorAnswer: Sendable, Equatable {
    /// HTTP status.
    public var status: Int
    /// `error.type`
    public var type: String
    /// `error.code`
    public var code: String?
    /// `error.message`
    public var message: String
    /// `error.param`
    public var parameter: String?
    /// Seconds for `Retry-After`.
    public var retryAfter: Int?
    /// Whether the connection must be closed after the answer, because the rest of the request is not read.
    public var closes = false
    /// Whether the same request can succeed soon. If not, `x-should-retry: false` tells OpenAI's clients, which otherwise try
    /// again after every 408, 409, 429 and 5xx.
    public var retryHelps = true
    /// Further headers.
    public var headers: [(name: String, value: String)] = []

    init(
        _ status: Int, _ type: String, _ code: String?, _ message: String, parameter: String? = nil,
        retryAfter: Int? = nil, closes: Bool = false, retryHelps: Bool = true,
        headers: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.type = type
        self.code = code
        self.message = message
        self.parameter = parameter
        self.retryAfter = retryAfter
        self.closes = closes
        self.retryHelps = retryHelps
        self.headers = headers
    }

    /// Equal in everything that a client sees.
    public static func == (a: ErrorAnswer, b: ErrorAnswer) -> Bool {
        a.status == b.status && a.type == b.type && a.code == b.code && a.message == b.message
            && a.parameter == b.parameter && a.retryAfter == b.retryAfter && a.closes == b.closes
            && a.retryHelps == b.retryHelps && a.headers.elementsEqual(b.headers, by: ==)
    }
}

extension GatewayError {
    /// The table: status, type, code and text of every error that the gateway gives.
    public var answer: ErrorAnswer {
        let invalid = "invalid_request_error"
        switch self {
        case .malformedRequest(let why):
            return ErrorAnswer(400, invalid, "malformed_request", why, closes: true)
        case .headTooLarge:
            return ErrorAnswer(431, invalid, "headers_too_large", "The request's headers are too large.", closes: true)
        case .requestTimeout(let what):
            return ErrorAnswer(408, invalid, "request_timeout", what, closes: true)
        case .unknownPath(let path):
            return ErrorAnswer(
                404, invalid, "unknown_path",
                "There is nothing at \(path.quotedForMessage). The OpenAI API is below /v1, for example "
                    + "POST /v1/chat/completions and GET /v1/models.")
        case .methodNotAllowed(let allowed):
            return ErrorAnswer(
                405, invalid, "method_not_allowed", "This path answers to \(allowed) only.",
                headers: [("allow", allowed)])
        case .hostNotAllowed(let host):
            return ErrorAnswer(
                403, invalid, "host_not_allowed",
                "The Host header names \(host.quotedForMessage), which is not this server. Use localhost or 127.0.0.1, or list "
                    + "the name under server.allowed_hosts in config/roundhouse.yaml.", closes: true)
        case .originNotAllowed(let origin):
            return ErrorAnswer(
                403, invalid, "origin_not_allowed",
                "A web page of \(origin.quotedForMessage) may not use this server. List its host under "
                    + "server.allowed_hosts in config/roundhouse.yaml if it may.")
        case .missingKey:
            return ErrorAnswer(
                401, invalid, "invalid_api_key",
                "No API key was given. Send it as `Authorization: Bearer KEY`; `roundhouse keys create` makes one.",
                headers: [("www-authenticate", "Bearer")])
        case .invalidKey:
            return ErrorAnswer(
                401, invalid, "invalid_api_key", "This API key is unknown, revoked or expired.",
                headers: [("www-authenticate", "Bearer")])
        case .conflictingKeys:
            return ErrorAnswer(
                401, invalid, "invalid_api_key", "The request carries two different API keys. Send one.",
                headers: [("www-authenticate", "Bearer")])
        case .keyNotAllowed(let why):
            return ErrorAnswer(403, "permission_error", "key_not_allowed", why)
        case .bodyTooLarge(let limit):
            return ErrorAnswer(
                413, invalid, "body_too_large",
                "The request body is larger than \(limit) bytes (server.max_body in config/roundhouse.yaml).",
                closes: true)
        case .uploadTooLarge(let limit):
            return ErrorAnswer(
                413, invalid, "body_too_large",
                "The upload is larger than \(limit) bytes (server.max_upload in config/roundhouse.yaml).", closes: true)
        case .uploadNotStored(let why):
            return ErrorAnswer(503, "server_error", "upload_not_stored", why, retryAfter: 60, retryHelps: false)
        case .invalidBody(let message, let parameter):
            return ErrorAnswer(400, invalid, "invalid_body", message, parameter: parameter)
        case .missingModel:
            return ErrorAnswer(
                400, invalid, "missing_model",
                "The request names no model. Add \"model\"; GET /v1/models lists the names.", parameter: "model")
        case .unknownModel(let name, let nearest):
            let hint =
                nearest.isEmpty
                ? "GET /v1/models lists the names."
                : "Did you mean \(nearest.map(\.quotedForMessage).joined(separator: ", "))? GET /v1/models lists all names."
            return ErrorAnswer(
                404, invalid, "model_not_found", "The model \(name.quotedForMessage) does not exist. \(hint)",
                parameter: "model")
        case .modelNotAllowed(let name, let nearest):
            let hint =
                nearest.isEmpty
                ? "" : " Near to it are \(nearest.map(\.quotedForMessage).joined(separator: ", "))."
            return ErrorAnswer(
                403, "permission_error", "model_not_allowed",
                "This key may not use the model \(name.quotedForMessage). GET /v1/models lists what it may use.\(hint)",
                parameter: "model")
        case .escalationForbidden(let model, let word):
            return ErrorAnswer(
                403, "permission_error", "escalation_forbidden",
                "\(model.quotedForMessage) runs elsewhere, and \(word.explanation) Use a model that runs here; GET /v1/models "
                    + "lists all.", parameter: "model")
        case .limited(let refusal): return Self.answer(refusal)
        case .ledgerUnavailable:
            return ErrorAnswer(
                503, "server_error", "ledger_unavailable",
                "Requests are refused while they cannot be recorded (ledger: required); the log says what is wrong with "
                    + "the ledger.", retryAfter: 5)
        case .wrongCapability(let why):
            return ErrorAnswer(400, invalid, "wrong_capability", why, parameter: "model")
        case .remoteMedia(let model):
            return ErrorAnswer(
                400, invalid, "remote_media_refused",
                "The request names a picture or a sound by URL, and the engine of \(model.quotedForMessage) would fetch it with "
                    + "this machine's access to its network. Send it in the request, as data:image/png;base64,…; or its operator "
                    + "allows such URLs with `fetch_media: true` in the model's file.", parameter: "messages")
        case .contextOverflow(let why):
            return ErrorAnswer(400, invalid, "context_length_exceeded", why, parameter: "messages")
        case .upstreamRefused(let status, let message, let parameter, let code):
            return ErrorAnswer(status, invalid, code, message, parameter: parameter)
        case .upstreamRateLimited(let message, let retryAfter):
            return ErrorAnswer(429, "rate_limit_error", "rate_limit_exceeded", message, retryAfter: retryAfter)
        case .modelUnavailable(let why):
            return ErrorAnswer(503, "server_error", "model_unavailable", why, retryAfter: 60, retryHelps: false)
        case .unknownAnswer(let id, let isPrevious):
            return ErrorAnswer(
                isPrevious ? 400 : 404, invalid, isPrevious ? "previous_response_not_found" : "response_not_found",
                "There is no response \(id.quotedForMessage) that this key may see, or not any more (responses.retention in "
                    + "config/roundhouse.yaml).", parameter: isPrevious ? "previous_response_id" : nil)
        case .answersNotKept:
            return ErrorAnswer(
                404, invalid, "responses_not_stored",
                "Responses are not stored here; `responses: {store: true}` in config/roundhouse.yaml would have them stored."
            )
        case .answerRefused(let why): return ErrorAnswer(400, invalid, "invalid_request", why)
        case .archiveUnavailable:
            return ErrorAnswer(
                503, "server_error", "responses_unavailable",
                "The stored responses cannot be read; the gateway's log says why.", retryAfter: 5)
        case .unknownPicture:
            return ErrorAnswer(
                404, invalid, "not_found",
                "This picture is not here. Pictures are kept for a limited time, and while their model is loaded.")
        case .queueFull(let model, let retryAfter):
            return ErrorAnswer(
                503, "server_error", "queue_full",
                "Too many requests already wait for \(model.quotedForMessage) (limits.queue of the model).",
                retryAfter: retryAfter)
        case .queueTimeout(let model, let because?, let retryAfter):
            return ErrorAnswer(
                503, "server_error", "queue_timeout",
                "\(model.quotedForMessage) was not loaded in time (limits.queue_timeout of the model): \(because).",
                retryAfter: retryAfter)
        case .insufficientMemory(let why):
            return ErrorAnswer(503, "server_error", "insufficient_memory", why, retryAfter: 60, retryHelps: false)
        case .queueTimeout(let model, nil, let retryAfter):
            return ErrorAnswer(
                503, "server_error", "queue_timeout",
                "\(model.quotedForMessage) had no free place in time (limits.queue_timeout of the model).",
                retryAfter: retryAfter)
        case .engineFailed(let why, let retryAfter):
            return ErrorAnswer(503, "server_error", "engine_failed", why, retryAfter: retryAfter)
        case .loop(let why):
            return ErrorAnswer(508, "server_error", "loop_detected", why, retryHelps: false)
        case .shuttingDown:
            return ErrorAnswer(
                503, "server_error", "shutting_down", "Roundhouse is stopping.", retryAfter: 5, closes: true)
        case .upstreamFailed(let why):
            return ErrorAnswer(502, "server_error", "upstream_failed", why)
        case .upstreamTimeout(let why):
            return ErrorAnswer(504, "server_error", "upstream_timeout", why)
        case .clientClosed:
            return ErrorAnswer(499, invalid, "client_closed", "The client closed the connection.", closes: true)
        case .internalError(let why):
            return ErrorAnswer(500, "server_error", "internal_error", why)
        }
    }
}

extension GatewayError {
    /// OpenAI's words for both cases, so that its clients raise the exception that callers expect. They wait for a minute at
    /// most, and would come back too early when it is longer.
    private static func answer(_ refusal: LimitRefusal) -> ErrorAnswer {
        let isBudget = refusal.limit == .budget
        return ErrorAnswer(
            429, isBudget ? "insufficient_quota" : refusal.limit.rawValue,
            isBudget ? "insufficient_quota" : "rate_limit_exceeded", refusal.message, retryAfter: refusal.retryAfter,
            retryHelps: refusal.retryAfter.map { $0 <= 61 } ?? false, headers: refusal.headers.pairs)
    }
}

extension Grant.LocalOnly {
    /// Why a request must stay.
    var explanation: String {
        switch self {
        case .offline: "this gateway is offline (offline: true)."
        case .team(let name): "the team \(name.quotedForMessage) must stay in the house (local_only)."
        case .key(let id): "the key \(id.quotedForMessage) must stay in the house (local_only)."
        }
    }
}

extension String {
    /// The text in quotes, cut to 80 code points and with control characters shown as spaces, so that what a client sent
    /// can stand in a message.
    public var quotedForMessage: String {
        var shown = String.UnicodeScalarView()
        for scalar in unicodeScalars.prefix(80) {
            shown.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return "\"" + String(shown) + (unicodeScalars.dropFirst(80).isEmpty ? "" : "…") + "\""
    }
}
