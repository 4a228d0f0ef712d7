import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Models with several endpoints.
@Suite struct EndpointChoiceTests {
    /// One model `a` at two upstreams.
    private func run(
        _ scripts: [RouteSupport.Script],
        change: (inout Model) -> Void = { _ in },
        _ body: (TestGateway, [ScriptedUpstream]) async throws -> Void
    ) async throws {
        try await RouteSupport.run(scripts) { setup in
            guard case .attached(let one) = setup.models[0].placement,
                case .attached(let two) = setup.models[1].placement
            else { return }
            setup.routes = []
            setup.models.removeLast()
            setup.models[0].placement = .attached(one + two)
            change(&setup.models[0])
        } _: {
            try await body($0, $1)
        }
    }

    /// Sends a chat request, and checks the status of its answer.
    private func expect(
        _ wanted: Int, _ gateway: TestGateway, _ messages: String = #"{"role":"user","content":"hi"}"#,
        headers: String = ""
    ) async throws {
        let answer = try await gateway.ask(Request.post(#"{"model":"a","messages":[\#(messages)]}"#, headers: headers))
        #expect(answer.status == wanted)
    }

    private static let dies: RouteSupport.Script = { _ = try $0.request() }

    @Test func theOtherEndpointGetsWhatOneDoesNotAnswer() async throws {
        try await run([Self.dies, RouteSupport.answers]) { gateway, upstreams in
            let start = ContinuousClock.now
            for _ in 0..<8 { try await expect(200, gateway) }
            let counts = RouteSupport.counts(upstreams)
            #expect(RouteSupport.failures(since: start).contains(counts[0]) && counts[1] == 8)
        }
    }

    @Test func aPricedModelIsNotAskedTwice() async throws {
        try await run([Self.dies, Self.dies], change: { $0.cost = Price() }) { gateway, upstreams in
            try await expect(502, gateway)
            #expect(RouteSupport.counts(upstreams).reduce(0, +) == 1)
        }
        try await run([Self.dies, Self.dies]) {
            $0.cost = Price()
            $0.retries = 1
        } _: { gateway, upstreams in
            try await expect(502, gateway)
            #expect(RouteSupport.counts(upstreams) == [1, 1])
        }
    }

    @Test func whenNoneMayBeAskedTheClientIsToldWhen() async throws {
        try await run([Self.dies, Self.dies]) { gateway, upstreams in
            for _ in 0..<3 { try await expect(502, gateway) }
            var answer = try await gateway.ask(Request.post(#"{"model":"a","messages":[]}"#))
            // On a machine so slow that the pause is over already, trials fail until it is longer.
            while answer.status != 503 { answer = try await gateway.ask(Request.post(#"{"model":"a","messages":[]}"#)) }
            #expect(answer.status == 503 && (1...60).contains(Int(answer.header("retry-after") ?? "") ?? 0))
            #expect(answer.text.contains("All endpoints of"))
        }
    }

    @Test func aConversationStaysWhereItIs() async throws {
        try await run([RouteSupport.answers, RouteSupport.answers], change: { $0.affinity = .session }) {
            gateway, upstreams in
            for session in 0..<6 {
                let before = RouteSupport.counts(upstreams)
                for _ in 0..<4 {
                    try await expect(200, gateway, headers: "x-session-id: s\(session)\r\n")
                }
                let now = RouteSupport.counts(upstreams)
                #expect([[4, 0], [0, 4]].contains([now[0] - before[0], now[1] - before[1]]))
            }
        }
    }

    @Test func aPromptGoesWhereItsBeginningIsKnown() async throws {
        try await run([RouteSupport.answers, RouteSupport.answers], change: { $0.affinity = .prefix }) {
            gateway, upstreams in
            let text = String(repeating: "word ", count: 200)
            var messages = #"{"role":"user","content":"\#(text)"}"#
            for turn in 0..<6 {
                try await expect(200, gateway, messages)
                messages += #",{"role":"assistant","content":"yes"},{"role":"user","content":"turn \#(turn)"}"#
            }
            #expect([[6, 0], [0, 6]].contains(RouteSupport.counts(upstreams)))
        }
    }
}

/// Endpoints that are asked whether they are well again.
@Suite struct EndpointProbeTests {
    @Test func aProbeLetsRequestsBackBeforeThePauseIsOver() async throws {
        let isWell = Signal()
        let upstream: RouteSupport.Script = { connection in
            while let request = try connection.request() {
                if request.head.hasPrefix("GET /v1/models") || isWell.isGiven {
                    try connection.answer(Events.completion, status: isWell.isGiven ? "200 OK" : "503 No")
                } else {
                    try connection.answer("{}", status: "500 No")
                }
            }
        }
        try await RouteSupport.run([upstream, RouteSupport.answers]) { gateway, upstreams in
            for _ in 0..<3 { _ = try await gateway.ask(RouteSupport.chat()) }
            isWell.give()
            let started = ContinuousClock.now
            try await eventually("the first model answers again") {
                let answer = try await gateway.ask(RouteSupport.chat())
                return answer.header("x-roundhouse-model") == "a"
            }
            #expect(upstreams[0].requests.contains { $0.head.hasPrefix("GET /v1/models") })
            #expect(ContinuousClock.now - started < .seconds(60))
        }
    }
}

/// A model with places that are counted, and nothing to choose.
@Suite struct CountedEndpointTests {
    @Test func itsOwnEndpointIsAsked() async throws {
        let upstream = try ScriptedUpstream(script: RouteSupport.answers)
        try await TestGateway.run(upstream: upstream, change: { $0.models[0].limits.concurrent = 1 }) { gateway in
            for _ in 0..<3 {
                let answer = try await gateway.ask(Request.chat())
                #expect(answer.status == 200)
            }
            #expect(upstream.requests.count == 3)
        }
    }
}
