import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

@testable import RoundhouseGateway

@Suite struct LoopGuardTests {
    @Test func upstreamsSeeWhereARequestWas() async throws {
        let upstream = try ScriptedUpstream(script: RouteSupport.answers)
        try await TestGateway.run(upstream: upstream) { gateway in
            _ = try await gateway.ask(Request.chat())
            _ = try await gateway.ask(Request.chat(headers: "Via: 1.1 proxy\r\nvia: 1.0 other\r\n"))
            let seen = upstream.requests.compactMap { $0.header("via") }
            #expect(seen.count == 2 && seen[0].hasPrefix("1.1 roundhouse-"))
            #expect(seen[1] == "1.1 proxy, 1.0 other, \(seen[0])")
        }
    }

    /// Two gateways whose models lead to each other.
    @Test func aCircleIsEndedWhereItCloses() async throws {
        let upstream = try ScriptedUpstream(script: RouteSupport.answers)
        try await TestGateway.run(upstream: upstream) { first in
            var setup = Setup()
            let toFirst = Endpoint(
                address: .tcp(host: "127.0.0.1", port: first.port, tls: false), hostHeader: "127.0.0.1:\(first.port)")
            var model = Model.attached("m", to: upstream)
            model.placement = .attached([toFirst])
            setup.models = [model]
            try await TestGateway.run(setup) { second in
                let toSecond = Endpoint(
                    address: .tcp(host: "127.0.0.1", port: second.port, tls: false),
                    hostHeader: "127.0.0.1:\(second.port)")
                try first.change { $0.models[0].placement = .attached([toSecond]) }
                let answer = try await first.ask(Request.chat())
                // The second one says what the first one answered it.
                #expect(answer.status == 502 && answer.text.contains("508") && answer.text.contains("here before"))
                let records = try await first.log(2)
                #expect(records.contains { $0["error"] as? String == "loop_detected" && $0["status"] as? Int == 508 })
                #expect(upstream.requests.isEmpty)
            }
        }
    }

    @Test func tooManyHopsAreRefused() throws {
        let one = LoopGuard()
        try one.check("1.1 a, 1.1 b, 1.1 roundhouse-x")
        #expect(throws: GatewayError.self) { try one.check(one.value(behind: "1.1 a")) }
        let many = (0...LoopGuard.hopLimit).map { "1.1 p\($0)" }.joined(separator: ", ")
        #expect(throws: GatewayError.self) { try one.check(many) }
    }
}
