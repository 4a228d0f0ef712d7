internal import NIOCore
internal import RoundhouseCore

/// Writes the heads of our answers. By hand: a head is a few constant lines, and an encoder would cost more than
/// everything else in a request.
enum ClientHead {
    /// A status line, with the reason phrases of RFC 9110; unknown ones stay empty, as the RFC allows.
    static func writeStatus(_ status: Int, to head: inout TextWriter) {
        if status == 200 {
            head.write("HTTP/1.1 200 OK\r\n" as StaticString)
            return
        }
        head.write("HTTP/1.1 " as StaticString)
        head.decimal(status)
        head.write(" " as StaticString)
        head.write(reason(status))
        head.write("\r\n" as StaticString)
    }

    /// A whole answer whose body is at hand. `omitsBody` for HEAD: the length stands, the body does not.
    static func writeAnswer(
        _ answer: LocalAnswer, requestID: String, date: [UInt8], corsOrigin: String?, close: Bool, omitsBody: Bool,
        to buffer: inout ByteBuffer
    ) {
        buffer.writeHead(expected: 512) { head in
            writeStatus(answer.status, to: &head)
            // An answer that never has a body must not name its length (RFC 9110, section 8.6).
            if answer.status != 204 {
                head.write("content-type: " as StaticString)
                head.write(answer.contentType)
                head.write("\r\ncontent-length: " as StaticString)
                head.decimal(answer.body.count)
                head.write("\r\n" as StaticString)
            }
            if let corsOrigin { CORS.write(corsOrigin, to: &head) }
            head.write(date)
            head.line("x-request-id: ", requestID)
            for (name, value) in answer.headers {
                head.write(name)
                head.line(": ", value)
            }
            if close { head.write("connection: close\r\n" as StaticString) }
            head.write("\r\n" as StaticString)
        }
        if !omitsBody { buffer.writeBytes(answer.body) }
    }

    private static func reason(_ status: Int) -> StaticString {
        switch status {
        case 204: "No Content"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: ""
        }
    }
}

/// An answer that the gateway makes itself, whole.
struct LocalAnswer {
    var status = 200
    var contentType: StaticString = "application/json"
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]
    /// `error.code`, if it is an error.
    var errorCode: String?
    /// Whether the connection must end after it.
    var closes = false

    /// An answer with this body.
    init(status: Int = 200, contentType: StaticString = "application/json", body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// The answer for an error, as the dialect has it; nil is OpenAI's.
    init(_ error: GatewayError, in dialect: (any Dialect)? = nil) {
        let answer = error.answer
        status = answer.status
        body = dialect?.body(of: answer) ?? ErrorBody.json(answer)
        errorCode = answer.code
        closes = answer.closes
        headers = answer.headers
        if !answer.retryHelps { headers.append(("x-should-retry", "false")) }
        if let seconds = answer.retryAfter { headers.append(("retry-after", String(seconds))) }
    }
}
