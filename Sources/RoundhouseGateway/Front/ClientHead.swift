internal import NIOCore
internal import RoundhouseCore

/// Writes the heads of our answers. By hand: a head is a few constant lines, and an encoder would cost more than
/// everything else in a request.
enum ClientHead {
    /// A status line, with the reason phrases of RFC 9110; unknown ones stay empty, as the RFC allows.
    static func writeStatus(_ status: Int, to buffer: inout ByteBuffer) {
        if status == 200 {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
            return
        }
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeDecimal(status)
        buffer.writeStaticString(" ")
        buffer.writeStaticString(reason(status))
        buffer.writeStaticString("\r\n")
    }

    /// A whole answer whose body is at hand. `omitsBody` for HEAD: the length stands, the body does not.
    static func writeAnswer(
        _ answer: LocalAnswer, requestID: String, date: [UInt8], close: Bool, omitsBody: Bool,
        to buffer: inout ByteBuffer
    ) {
        writeStatus(answer.status, to: &buffer)
        buffer.writeStaticString("content-type: ")
        buffer.writeStaticString(answer.contentType)
        buffer.writeStaticString("\r\ncontent-length: ")
        buffer.writeDecimal(answer.body.count)
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(date)
        buffer.writeStaticString("x-request-id: ")
        buffer.writeString(requestID)
        buffer.writeStaticString("\r\n")
        for (name, value) in answer.headers {
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
            buffer.writeStaticString("\r\n")
        }
        if close { buffer.writeStaticString("connection: close\r\n") }
        buffer.writeStaticString("\r\n")
        if !omitsBody { buffer.writeBytes(answer.body) }
    }

    private static func reason(_ status: Int) -> StaticString {
        switch status {
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

    /// The answer for an error.
    init(_ error: GatewayError) {
        let answer = error.answer
        status = answer.status
        body = ErrorBody.json(answer)
        errorCode = answer.code
        closes = answer.closes
        headers = answer.headers
        if let seconds = answer.retryAfter { headers.append(("retry-after", String(seconds))) }
    }
}

extension ByteBuffer {
    /// Writes a number that is not negative in decimal, without making a string of it.
    mutating func writeDecimal(_ number: Int) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { scratch in
            var rest = UInt(bitPattern: number)
            var index = scratch.count
            repeat {
                index -= 1
                scratch[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[index...]))
        }
    }

    /// Writes microseconds as milliseconds with three decimals.
    mutating func writeMilliseconds(microseconds: Int) {
        writeDecimal(max(0, microseconds) / 1000)
        let rest = max(0, microseconds) % 1000
        writeInteger(UInt8(ascii: "."))
        writeInteger(UInt8(ascii: "0") + UInt8(rest / 100))
        writeInteger(UInt8(ascii: "0") + UInt8(rest / 10 % 10))
        writeInteger(UInt8(ascii: "0") + UInt8(rest % 10))
    }
}
