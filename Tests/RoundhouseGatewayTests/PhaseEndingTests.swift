import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// A client that leaves, in each phase of its request, and answers that are made to their end all the same.
@Suite struct PhaseEndingTests {
    private static func stream(_ goOn: Signal) -> RouteSupport.Script {
        { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            try connection.chunk(Events.text("one"))
            try goOn.wait()
            try connection.chunk(Events.text("two") + Events.usage + Events.done)
            try connection.endChunks()
            try connection.waitForClose()
        }
    }

    @Test func whoWaitsForAPlaceLeavesIt() async throws {
        let goOn = Signal()
        try await RouteSupport.run([Self.stream(goOn), RouteSupport.answers]) {
            $0.models[0].limits.concurrent = 1
        } _: { gateway, upstreams in
            let first = try gateway.client()
            try await first.send(RouteSupport.chat(Request.streamed))
            try await first.read(until: "one")
            let second = try gateway.client()
            try await second.send(RouteSupport.chat(Request.streamed))
            try await gateway.queued(1)
            second.close()
            try await gateway.queued(0)
            let left = try await gateway.log(1)[0]
            #expect(left["outcome"] as? String == "cancelled" && left["status"] as? Int == 499)
            #expect(left["output_tokens"] as? Int == nil)
            goOn.give()
            let answer = try await first.answer()
            #expect(answer.text.hasSuffix(Events.done))
            #expect(RouteSupport.counts(upstreams) == [1, 0])
        }
    }

    @Test func aShutdownTellsThoseWhoWaitAtOnce() async throws {
        let goOn = Signal()
        try await RouteSupport.run([Self.stream(goOn), RouteSupport.answers]) {
            $0.models[0].limits.concurrent = 1
            $0.settings.shutdownTimeout = .seconds(20)
        } _: { gateway, upstreams in
            let first = try gateway.client()
            try await first.send(RouteSupport.chat(Request.streamed))
            try await first.read(until: "one")
            let second = try gateway.client()
            try await second.send(RouteSupport.chat())
            try await gateway.queued(1)
            async let stopped: Void = gateway.shutdown()
            let refused = try await second.answer()
            #expect(refused.status == 503 && refused.errorCode == "shutting_down")
            goOn.give()
            let answer = try await first.answer()
            #expect(answer.text.hasSuffix(Events.done))
            try await stopped
            #expect(RouteSupport.counts(upstreams) == [1, 0], "who is told to go is sent nowhere else")
        }
    }

    @Test func anAnswerCanBeMadeToItsEndAlone() async throws {
        let goOn = Signal()
        try await RouteSupport.run([Self.stream(goOn), RouteSupport.answers]) {
            $0.models[0].finishesAlone = true
        } _: { gateway, _ in
            let client = try gateway.client()
            try await client.send(RouteSupport.chat(Request.streamed))
            try await client.read(until: "one")
            client.close()
            try await eventually("the client is gone") {
                Sockets.all.allSatisfy { $0.local != gateway.port || $0.peer == nil }
            }
            goOn.give()
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "ok" && record["usage_source"] as? String == "provider")
            #expect(record["output_tokens"] as? Int == 3)
        }
    }

    @Test func anAnswerMadeAloneIsHeldToItsTimes() async throws {
        let silent: RouteSupport.Script = {
            _ = try $0.request()
            try $0.waitForClose()
        }
        try await RouteSupport.run([silent]) {
            $0.models[0].finishesAlone = true
            $0.models[0].timeouts.firstByte = .milliseconds(300)
        } _: { gateway, upstreams in
            let client = try gateway.client()
            try await client.send(RouteSupport.chat())
            try await upstreams[0].hasRead(1)
            client.close()
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "failed" && record["status"] as? Int == 504)
            try await upstreams[0].sawClose()
        }
    }

    /// The same request, left at each point: the upstream is closed, and what was produced is recorded.
    @Test(arguments: ["", "one"]) func whoLeavesAnAnswerClosesIt(_ seen: String) async throws {
        let script: RouteSupport.Script = { connection in
            guard try connection.request() != nil else { return }
            if !seen.isEmpty {
                try connection.beginStream()
                try connection.chunk(Events.text("one"))
            }
            try connection.waitForClose()
        }
        try await RouteSupport.run([script, RouteSupport.answers]) { gateway, upstreams in
            let client = try gateway.client()
            try await client.send(RouteSupport.chat(Request.streamed))
            if seen.isEmpty { try await upstreams[0].hasRead(1) } else { try await client.read(until: seen) }
            client.close()
            try await upstreams[0].sawClose()
            let record = try await gateway.record()
            #expect(record["outcome"] as? String == "cancelled" && record["status"] as? Int == 499)
            #expect(record["output_tokens"] as? Int == (seen.isEmpty ? nil : 1))
            #expect(upstreams[1].requests.isEmpty, "nobody is there for whom another model should answer")
        }
    }
}
