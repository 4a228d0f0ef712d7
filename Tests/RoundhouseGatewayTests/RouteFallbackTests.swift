import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// What an attempt can come to, and whether the next model gets the request.
@Suite struct RouteFallbackTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var options = ""
        var script: RouteSupport.Script
    }

    private static func answer(_ status: String, _ body: String = #"{"error":{"message":"no"}}"#) -> RouteSupport.Script
    {
        { connection in
            while try connection.request() != nil { try connection.answer(body, status: status) }
        }
    }

    private static let streams: RouteSupport.Script = { connection in
        _ = try connection.request()
        try connection.beginStream()
        try connection.chunk(Events.text("hello") + Events.done)
        try connection.endChunks()
    }

    /// Everything that another model can mend, up to the first byte of the body.
    static let mendable: [Fault] = [
        Fault(testDescription: "closes without an answer") { _ = try $0.request() },
        Fault(testDescription: "resets") {
            _ = try $0.request()
            $0.reset()
        },
        Fault(testDescription: "closes inside the head") {
            _ = try $0.request()
            try $0.send("HTTP/1.1 200 OK\r\ncontent-")
        },
        Fault(testDescription: "closes behind the head") {
            _ = try $0.request()
            try $0.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n")
        },
        Fault(testDescription: "closes behind a stream's head", options: Request.streamed) {
            _ = try $0.request()
            try $0.beginStream()
        },
        Fault(testDescription: "closes inside the first event", options: Request.streamed) {
            _ = try $0.request()
            try $0.beginStream()
            try $0.chunk("data: {\"choices\"")
        },
        Fault(testDescription: "is no HTTP") {
            _ = try $0.request()
            try $0.send("SSH-2.0-x\r\n\r\n")
        },
        Fault(testDescription: "answers with a web page") {
            _ = try $0.request()
            try $0.answer("<html>", type: "text/html")
        },
        Fault(testDescription: "500", script: answer("500 Internal Server Error")),
        Fault(testDescription: "502", script: answer("502 Bad Gateway")),
        Fault(testDescription: "503", script: answer("503 Service Unavailable")),
        Fault(testDescription: "429", script: answer("429 Too Many Requests")),
        Fault(testDescription: "401", script: answer("401 Unauthorized")),
        Fault(testDescription: "404", script: answer("404 Not Found")),
        Fault(
            testDescription: "too long",
            script: answer("400 Bad Request", #"{"error":{"message":"x","code":"context_length_exceeded"}}"#)),
    ]

    @Test(arguments: mendable) func theNextModelAnswers(_ fault: Fault) async throws {
        let answers = fault.options.isEmpty ? RouteSupport.answers : Self.streams
        try await RouteSupport.run([fault.script, answers]) { gateway, upstreams in
            let answer = try await gateway.ask(RouteSupport.chat(fault.options))
            #expect(answer.status == 200 && answer.text.contains("hello"))
            #expect(answer.header("x-roundhouse-model") == "b")
            #expect(answer.header("x-roundhouse-route") == "fallback:b after:a")
            #expect(RouteSupport.counts(upstreams) == [1, 1])
            let record = try await gateway.record()
            #expect(record["model"] as? String == "b" && record["requested_model"] as? String == "r")
            #expect(record["outcome"] as? String == "ok" && record["status"] as? Int == 200)
        }
    }

    @Test func whatCannotBeReachedIsPassedOn() async throws {
        try await RouteSupport.run([RouteSupport.answers, RouteSupport.answers]) {
            $0.models[0].placement = .attached([Endpoint(address: .unix(path: "/nonexistent/s"), hostHeader: "x")])
        } _: { gateway, upstreams in
            let answer = try await gateway.ask(RouteSupport.chat())
            #expect(answer.status == 200 && answer.header("x-roundhouse-model") == "b")
        }
    }

    @Test func silenceIsPassedOn() async throws {
        let silent: RouteSupport.Script = {
            _ = try $0.request()
            try $0.waitForClose()
        }
        try await RouteSupport.run([silent, RouteSupport.answers]) {
            $0.models[0].timeouts.firstByte = .milliseconds(150)
        } _: { gateway, upstreams in
            let answer = try await gateway.ask(RouteSupport.chat())
            #expect(answer.status == 200 && answer.header("x-roundhouse-route") == "fallback:b after:a")
            try await upstreams[0].sawClose()
        }
    }

    @Test(arguments: ["400 Bad Request", "413 Content Too Large", "422 Unprocessable Content"])
    func aClientsMistakeIsNot(_ status: String) async throws {
        try await RouteSupport.run([Self.answer(status), RouteSupport.answers]) { gateway, upstreams in
            let answer = try await gateway.ask(RouteSupport.chat())
            #expect((400..<500).contains(answer.status))
            #expect(upstreams[1].requests.isEmpty)
            #expect(answer.header("x-roundhouse-route") == "rule:always")
        }
    }

    @Test(arguments: [Request.streamed, Request.streamedWithUsage])
    func behindTheFirstByteNothingIsSentAgain(_ options: String) async throws {
        let cut: RouteSupport.Script = {
            _ = try $0.request()
            try $0.beginStream()
            try $0.chunk(Events.text("one"))
        }
        try await RouteSupport.run([cut, RouteSupport.answers]) { gateway, upstreams in
            let answer = try await gateway.ask(RouteSupport.chat(options))
            #expect(answer.text.hasPrefix(Events.text("one") + #"data: {"error""#))
            #expect(upstreams[1].requests.isEmpty)
            #expect(try await gateway.record()["outcome"] as? String == "cut")
        }
    }

    @Test func whenAllFailTheLastErrorIsTold() async throws {
        try await RouteSupport.run([Self.answer("500 No"), Self.answer("503 No"), Self.answer("502 No")]) {
            gateway, upstreams in
            let answer = try await gateway.ask(RouteSupport.chat())
            #expect(answer.status == 502 && answer.text.contains("\\\"c\\\""))
            #expect(answer.header("x-roundhouse-route") == "fallback:c after:a,b")
            #expect(RouteSupport.counts(upstreams) == [1, 1, 1])
            #expect(try await gateway.record()["outcome"] as? String == "failed")
        }
    }

    @Test func aPauseThatIsAskedForIsHonoured() async throws {
        let busy: RouteSupport.Script = { connection in
            while try connection.request() != nil {
                try connection.answer("{}", status: "429 Too Many Requests", headers: "retry-after: 60\r\n")
            }
        }
        try await RouteSupport.run([busy, RouteSupport.answers]) { gateway, upstreams in
            let first = try await gateway.ask(RouteSupport.chat())
            #expect(first.header("x-roundhouse-route") == "fallback:b after:a")
            let second = try await gateway.ask(RouteSupport.chat())
            #expect(second.header("x-roundhouse-route") == "fallback:b")
            #expect(upstreams[0].requests.count == 1)
            // Who names the model itself has no other, and asks it.
            let direct = try await gateway.ask(Request.post(#"{"model":"a","messages":[]}"#))
            #expect(direct.status == 429 && direct.header("retry-after") == "60")
        }
    }

    @Test func whatFailsAgainAndAgainIsLeftAlone() async throws {
        try await RouteSupport.run([Self.answer("500 No"), RouteSupport.answers]) { gateway, upstreams in
            let start = ContinuousClock.now
            for _ in 0..<6 {
                let answer = try await gateway.ask(RouteSupport.chat())
                #expect(answer.status == 200)
            }
            let counts = RouteSupport.counts(upstreams)
            #expect(RouteSupport.failures(since: start).contains(counts[0]) && counts[1] == 6)
        }
    }

    @Test func aFallbackOfAModelIsForWhoNamesIt() async throws {
        try await RouteSupport.run([Self.answer("500 No"), RouteSupport.answers]) {
            $0.routes = []
            $0.models[0].aliases = ["first"]
            $0.models[0].fallback = ["b"]
        } _: { gateway, _ in
            let answer = try await gateway.ask(Request.post(#"{"model":"first","messages":[]}"#))
            #expect(answer.status == 200 && answer.header("x-roundhouse-route") == "fallback:b after:a")
        }
    }
}
