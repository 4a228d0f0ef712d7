internal import RoundhouseCore

/// Reads the URL of an upstream API. Written by hand because the result must be exact bytes for a request head, and a
/// lenient URL parser would let surprises through.
enum EndpointParser {
    /// Why a URL is refused, and what to write.
    struct Refusal: Error, Equatable {
        var message: String
        var fix: String
    }

    static func parse(_ text: String) throws(Refusal) -> Endpoint {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw Refusal(
                message: "the endpoint holds a space or a character outside ASCII", fix: "write http://host:port")
        }
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(text.hasPrefix("unix://") ? 7 : 5))
            // sockaddr_un.sun_path holds 108 bytes, the closing NUL included.
            guard path.hasPrefix("/"), path.utf8.count < 108 else {
                throw Refusal(
                    message: "the path of a Unix socket must be absolute and shorter than 108 bytes",
                    fix: "write unix:/run/engine.sock")
            }
            return Endpoint(address: .unix(path: path), hostHeader: "localhost")
        }
        let tls: Bool
        let lower = text.lowercased()
        if lower.hasPrefix("https://") {
            tls = true
        } else if lower.hasPrefix("http://") {
            tls = false
        } else {
            // What stands in front of an @ may be a password.
            guard !text.contains("@") else { throw hasUser }
            throw Refusal(
                message: "the endpoint `\(text)` must begin with http:// or https://",
                fix: text.contains("://") ? "write http://host:port" : "write http://\(text)")
        }
        let rest = text.dropFirst(tls ? 8 : 7)
        guard !rest.contains("?"), !rest.contains("#"), !rest.contains("@") else { throw hasUser }
        let authority = rest.prefix { $0 != "/" }
        var path = String(rest.dropFirst(authority.count))
        while path.hasSuffix("/") { path.removeLast() }
        for known in ["/chat/completions", "/completions", "/embeddings", "/models"] where path.hasSuffix(known) {
            throw Refusal(
                message: "the endpoint must end where the API begins, without `\(known)`",
                fix: "write \(text.prefix(text.count - rest.count))\(authority)\(path.dropLast(known.count))")
        }
        let (host, port) = try split(authority, defaultPort: tls ? 443 : 80)
        let hostHeader = port == (tls ? 443 : 80) ? hostPart(authority) : String(authority)
        return Endpoint(
            address: .tcp(host: host, port: port, tls: tls), basePath: path.isEmpty ? "/v1" : path,
            hostHeader: hostHeader)
    }

    private static let hasUser = Refusal(
        message: "an endpoint has no user, query or fragment",
        fix: "write http://host:port, and a credential as `api_key: ${env:NAME}`")

    private static func hostPart(_ authority: Substring) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
        return String(authority.prefix { $0 != ":" })
    }

    private static func split(_ authority: Substring, defaultPort: Int) throws(Refusal) -> (String, Int) {
        let shown = hostPart(authority)
        let rest = authority.dropFirst(shown.count)
        let host = shown.hasPrefix("[") ? String(shown.dropFirst().dropLast()) : shown
        let isName = shown.hasPrefix("[") || host.allSatisfy { $0.isLetter || $0.isNumber || "-._".contains($0) }
        guard !host.isEmpty, isName else {
            throw Refusal(message: "the endpoint names no valid host", fix: "write http://host:port")
        }
        if rest.isEmpty { return (host, defaultPort) }
        guard rest.first == ":", let port = Int(rest.dropFirst()), (1...65535).contains(port) else {
            throw Refusal(message: "the endpoint's port must be 1 to 65535", fix: "write http://\(shown):8000")
        }
        return (host, port)
    }
}
