import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Streams that say that they wait.
@Suite struct WaitingCommentTests {
    /// The model `a`, whose only place is taken until the signal, and `b` behind it.
    private func run(
        _ second: @escaping RouteSupport.Script, _ body: (TestGateway, Signal, [ScriptedUpstream]) async throws -> Void
    ) async throws {
        let goOn = Signal()
        let first: RouteSupport.Script = { connection in
            while let request = try connection.request() {
                if request.text.contains(#""stream":true"#) {
                    try second(connection)
                } else {
                    try goOn.wait()
                    try connection.answer(Events.completion)
                }
            }
        }
        try await RouteSupport.run([first, RouteSupport.streams]) {
            $0.models[0].limits.concurrent = 1
            $0.models[0].tellsWaiting = true
        } _: {
            try await body($0, goOn, $1)
        }
    }

    /// Takes the place, and has a stream wait behind it until it has been told so.
    private func wait(_ gateway: TestGateway, _ path: String = "/v1/chat/completions") async throws -> (
        RawClient, RawClient
    ) {
        let holder = try gateway.client()
        try await holder.send(RouteSupport.chat())
        try await eventually("it is there") { gateway.workersAreBusy }
        let client = try gateway.client()
        let body = #"{"model":"r","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#
        try await client.send(Request.post(body, to: path))
        try await client.read(until: ": a is loading or busy")
        return (holder, client)
    }

    @Test func theAnswerFollows() async throws {
        try await run(RouteSupport.stream) { gateway, goOn, upstreams in
            let (holder, client) = try await wait(gateway)
            goOn.give()
            let answer = try await client.answer()
            #expect(answer.status == 200 && answer.isComplete)
            #expect(
                answer.text.hasPrefix(": a is loading or busy")
                    && answer.text.hasSuffix(Events.text("hello") + Events.done))
            #expect(try await holder.answer().status == 200)
            #expect(RouteSupport.counts(upstreams) == [2, 0])
            let records = try await gateway.log(2)
            #expect(records.allSatisfy { $0["outcome"] as? String == "ok" })
        }
    }

    /// The status is out, and the next model answers all the same.
    @Test func anotherModelMayStillBeTried() async throws {
        try await run({ try $0.answer("{}", status: "500 No") }) { gateway, goOn, upstreams in
            let (_, client) = try await wait(gateway)
            goOn.give()
            let answer = try await client.answer()
            #expect(answer.status == 200 && answer.text.hasSuffix(Events.text("hello") + Events.done))
            #expect(RouteSupport.counts(upstreams) == [2, 1])
        }
    }

    @Test(arguments: ["/v1/chat/completions", "/v1/messages"]) func whatFailsIsToldInTheStream(_ path: String)
        async throws
    {
        try await run({ try $0.answer(#"{"error":{"message":"bad"}}"#, status: "400 No") }) {
            gateway, goOn, upstreams in
            let (_, client) = try await wait(gateway, path)
            goOn.give()
            let answer = try await client.answer()
            #expect(answer.status == 200 && answer.isComplete && answer.text.contains("bad"))
            #expect(
                answer.text.contains(
                    path == "/v1/messages" ? "event: error\ndata: {\"type\":\"error\"" : "data: {\"error\""))
            #expect(RouteSupport.counts(upstreams) == [2, 0])
            let record = try await gateway.log(2).last
            #expect(record?["outcome"] as? String == "cut" && record?["status"] as? Int == 200)
        }
    }

    @Test func aShutdownIsToldInTheStream() async throws {
        try await run(RouteSupport.stream) { gateway, goOn, _ in
            let (holder, client) = try await wait(gateway)
            async let stopped: Void = gateway.shutdown()
            let answer = try await client.answer()
            #expect(answer.status == 200 && answer.text.contains("shutting_down"))
            goOn.give()
            _ = try await holder.answer()
            try await stopped
        }
    }
}
