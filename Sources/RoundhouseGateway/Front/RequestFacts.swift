internal import NIOHTTP1
internal import RoundhouseCore

/// What the gateway needs to know of a request's head, found in one pass over its headers.
struct RequestFacts {
    var method: HTTPMethod
    /// The path, without its query.
    var path: String
    var isHTTP10: Bool
    var keepAlive: Bool
    var isHead: Bool { method == .HEAD }
    var contentLength: Int?
    var isChunked = false
    var expectsContinue = false
    var host: String?
    var origin: String?
    var authorization: String?
    var apiKeys: [String] = []
    var requestID: String?
    var feature: String?
    var traceParent: String?
    var traceState: String?

    /// Whether a body follows the head.
    var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }

    /// Reads a head that the decoder has accepted, and refuses what it is too lenient about.
    init(_ head: HTTPRequestHead) throws(GatewayError) {
        method = head.method
        isHTTP10 = head.version.minor == 0
        // A client of HTTP/1.0 would have to be told that its connection is kept; it is simpler to close it.
        keepAlive = head.isKeepAlive && !isHTTP10
        path = Self.path(of: head.uri)
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw .malformedRequest("The request target must begin with a slash.")
        }
        var hosts = 0
        var lengths = 0
        for (name, value) in head.headers {
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
                throw .malformedRequest(
                    "The header \(name.quotedForMessage) holds a control character or a folded line.")
            }
            switch name.utf8.count {
            case 4 where name.isHeader("host"):
                hosts += 1
                host = value
            case 6 where name.isHeader("origin"): origin = value
            case 6 where name.isHeader("expect"):
                guard value.isHeader("100-continue") else {
                    throw .malformedRequest("Expect: \(value.quotedForMessage) is not supported.")
                }
                expectsContinue = !isHTTP10
            case 7 where name.isHeader("api-key"): apiKeys.append(value)
            case 7 where name.isHeader("upgrade"): keepAlive = false
            case 9 where name.isHeader("x-api-key"): apiKeys.append(value)
            case 10 where name.isHeader("xi-api-key"): apiKeys.append(value)
            case 10 where name.isHeader("tracestate"): traceState = value
            case 11 where name.isHeader("traceparent"): traceParent = value
            case 12 where name.isHeader("x-request-id"): requestID = Self.identifier(value)
            case 13 where name.isHeader("authorization"):
                guard authorization == nil || authorization == value else { throw .conflictingKeys }
                authorization = value
            case 14 where name.isHeader("content-length"):
                lengths += 1
                contentLength = Int(value)
            case 17 where name.isHeader("transfer-encoding"):
                guard value.isHeader("chunked"), !isChunked, !isHTTP10 else {
                    throw .malformedRequest("Transfer-Encoding must be \"chunked\", once, and in HTTP/1.1.")
                }
                isChunked = true
            case 20 where name.isHeader("x-roundhouse-feature"): feature = Self.identifier(value)
            default: break
            }
        }
        guard hosts == 1 || (hosts == 0 && isHTTP10) else {
            throw .malformedRequest(hosts == 0 ? "The Host header is missing." : "There is more than one Host header.")
        }
        guard lengths <= 1, !(isChunked && lengths > 0) else {
            throw .malformedRequest("The length of the body is given more than once.")
        }
    }

    private static func path(of target: String) -> String {
        guard let question = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return target }
        return String(target[..<question])
    }

    /// A client's own id or feature, if it is one that can stand in a header and in a log.
    static func identifier(_ text: String) -> String? {
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: ":"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
        return allowed && (1...64).contains(text.utf8.count) ? text : nil
    }
}

extension String {
    /// Equal to a lower-case ASCII name but for the case of letters.
    func isHeader(_ name: StaticString) -> Bool {
        guard utf8.count == name.utf8CodeUnitCount else { return false }
        var index = 0
        for byte in utf8 {
            let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
            if lower != name.utf8Start[index] { return false }
            index += 1
        }
        return true
    }
}
