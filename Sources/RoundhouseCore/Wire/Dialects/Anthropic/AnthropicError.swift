/// An error in the shape of https://platform.claude.com/docs/en/api/errors.
struct AnthropicError {
    let type: StaticString
    let message: String

    /// The type by the status, which decides what exception a client raises.
    static func type(of answer: ErrorAnswer) -> StaticString {
        switch answer.status {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        // What cannot be had later either is not overloaded.
        case 503 where answer.retryHelps, 529: "overloaded_error"
        case 504: "timeout_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }

    var json: [UInt8] {
        var bytes = Array(#"{"type":"error","error":{"type":""#.utf8)
        bytes.append(constant: type)
        bytes.append(constant: #"","message":"#)
        bytes += JSONText.quoted(message)
        bytes.append(constant: "}}")
        return bytes
    }

    var event: [UInt8] {
        Array("event: error\ndata: ".utf8) + json + Array("\n\n".utf8)
    }
}
