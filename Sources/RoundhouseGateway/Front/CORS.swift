internal import NIOCore
internal import RoundhouseCore

/// What web pages of other origins may do (Fetch, section 3.2): nothing, unless their origin is listed.
enum CORS {
    /// The origin of a request that may read the answer, as it is to be repeated in it; nil if there is none.
    static func allowed(_ origin: String?, _ origins: [String]) -> String? {
        guard let origin, !origins.isEmpty else { return nil }
        if origins.contains("*") { return "*" }
        return origins.contains { $0.lowercased() == origin.lowercased() } ? origin : nil
    }

    /// The answer to a question in advance. Access is not checked: it carries no credentials and tells nothing.
    static func preflight() -> LocalAnswer {
        var answer = LocalAnswer(status: 204, body: [])
        answer.headers = [
            ("access-control-allow-methods", "GET, POST"),
            ("access-control-allow-headers", "authorization, content-type, x-api-key, api-key, \(featureHeader)"),
            ("access-control-max-age", "600"),
        ]
        return answer
    }

    private static let featureHeader = "x-roundhouse-feature, x-request-id"

    /// Header lines for an answer that a page of `origin` may read. Caches must not give it to pages of others.
    static func write(_ origin: String, to head: inout TextWriter) {
        head.line("access-control-allow-origin: ", origin)
        head.write(
            "access-control-expose-headers: x-request-id, x-roundhouse-model, x-roundhouse-backend, x-roundhouse-route, "
                as StaticString)
        head.write("retry-after, server-timing\r\nvary: origin\r\n" as StaticString)
    }
}
