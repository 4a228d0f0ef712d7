internal import NIOHTTP1
internal import RoundhouseCore

/// What the gateway needs to know of a request's head, found in one pass over its headers. A class, because it is handed
/// about: one reference in place of a dozen strings.
final class RequestFacts {
    var method: HTTPMethod
    /// The path, without its query.
    var path: String
    /// What stands behind the path's `?`; empty if there is none.
    var query: Substring
    var isHTTP10: Bool
    var keepAlive: Bool
    var contentLength: Int?
    var isChunked = false
    var expectsContinue = false
    var host: String?
    var origin: String?
    /// The values of `Via`, joined.
    var via: String?
    var authorization: String?
    var apiKeys: [String] = []
    var requestID: String?
    var feature: String?
    var traceParent: String?
    var traceState: String?
    /// The values of `X-Forwarded-For`, in their order.
    var forwardedFor: [String] = []
    /// The value of `X-Forwarded-Proto`.
    var forwardedProto: String?
    /// `Access-Control-Request-Method`: the request asks in advance what a page may do (Fetch, section 3.2.2).
    var isPreflight = false

    /// All of them.
    let headers: HTTPHeaders

    /// Whether a body follows the head.
    var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }

    /// Reads a head that the decoder has accepted, and refuses what it is too lenient about.
    init(_ head: HTTPRequestHead) throws(GatewayError) {
        method = head.method
        headers = head.headers
        isHTTP10 = head.version.minor == 0
        // A client of HTTP/1.0 would have to be told that its connection is kept; it is simpler to close it.
        keepAlive = head.isKeepAlive && !isHTTP10
        (path, query) = Self.parts(of: head.uri)
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw .malformedRequest("The request target must begin with a slash.")
        }
        var hosts = 0
        var lengths = 0
        for (name, value) in head.headers {
            guard value.isOneLine else {
                throw .malformedRequest(
                    "The header \(name.quotedForMessage) holds a control character or a folded line.")
            }
            switch name.utf8.count {
            case 3 where name.isHeader("via"): via = via.map { "\($0), \(value)" } ?? value
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
            case 15 where name.isHeader("x-forwarded-for"): forwardedFor.append(value)
            case 17 where name.isHeader("x-forwarded-proto"): forwardedProto = value
            case 29 where name.isHeader("access-control-request-method"): isPreflight = method == .OPTIONS
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

    private static func parts(of target: String) -> (path: String, query: Substring) {
        guard let offset = target.withBytes({ $0.firstIndex(of: UInt8(ascii: "?")) }) else { return (target, "") }
        let question = target.utf8.index(target.startIndex, offsetBy: offset)
        return (String(target[..<question]), target[target.index(after: question)...])
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
        withBytes { bytes in
            guard bytes.count == name.utf8CodeUnitCount else { return false }
            for index in 0..<bytes.count {
                let byte = bytes[index]
                let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
                if lower != name.utf8Start[index] { return false }
            }
            return true
        }
    }

    /// Whether there is no control character in it but tabs.
    var isOneLine: Bool {
        withBytes { bytes in
            if JSONText.isPlain(UnsafeRawBufferPointer(bytes)) { return true }
            for byte in bytes where byte < 0x20 && byte != 0x09 || byte == 0x7f { return false }
            return true
        }
    }

    /// Gives the bytes as they lie in memory; going through `utf8` costs several times as much for each.
    fileprivate func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(utf8).withUnsafeBufferPointer(body)
    }
}
