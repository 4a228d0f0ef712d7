import Foundation
import RoundhouseCore
import RoundhouseTesting

/// Models `a`, `b`, ... each with an upstream of its own, and the route `r`: `a`, and the others behind it.
enum RouteSupport {
    typealias Script = @Sendable (ScriptedConnection) throws -> Void

    /// Answers every request that comes over a connection.
    static let answers: Script = { connection in
        while try connection.request() != nil { try connection.answer(Events.completion) }
    }

    /// Answers one request with a stream that says hello.
    static let stream: Script = { connection in
        try connection.beginStream()
        try connection.chunk(Events.text("hello") + Events.done)
        try connection.endChunks()
    }

    /// The same for every request that comes.
    static let streams: Script = { connection in
        while try connection.request() != nil { try stream(connection) }
    }

    static let place = SourceLocation(file: "models/r.yaml", line: 1)

    static func route(_ rules: [RouteRule], fallback: [String]) -> ModelRoute {
        var route = ModelRoute(name: "r", source: place)
        route.rules = rules
        route.fallback = fallback
        return route
    }

    static func run(
        _ scripts: [Script], change: (inout Setup) -> Void = { _ in },
        _ body: (TestGateway, [ScriptedUpstream]) async throws -> Void
    ) async throws {
        let upstreams = try scripts.map { try ScriptedUpstream(script: $0) }
        let names = ["a", "b", "c"].prefix(scripts.count)
        var setup = Setup(zip(names, upstreams).map { .attached($0, to: $1) })
        setup.routes = [
            route([RouteRule(to: .name("a"), source: place)], fallback: Array(names.dropFirst()))
        ]
        change(&setup)
        do {
            try await TestGateway.run(setup) { try await body($0, upstreams) }
        } catch {
            for upstream in upstreams { upstream.stop() }
            throw error
        }
        for upstream in upstreams { upstream.stop() }
    }

    /// Requests that each upstream got from clients; probes are not counted.
    static func counts(_ upstreams: [ScriptedUpstream]) -> [Int] {
        upstreams.map { upstream in upstream.requests.count { $0.head.hasPrefix("POST ") } }
    }

    /// How many requests an endpoint that always fails gets: three, and one at most in each five seconds.
    static func failures(since start: ContinuousClock.Instant) -> ClosedRange<Int> {
        3...3 + Int((ContinuousClock.now - start).components.seconds / 2)
    }

    /// A chat request for the route.
    static func chat(_ extra: String = "", headers: String = "") -> String {
        Request.post(
            #"{"model":"r","messages":[{"role":"user","content":"hi"}]\#(extra.isEmpty ? "" : "," + extra)}"#,
            headers: headers)
    }
}
