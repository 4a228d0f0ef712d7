import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

@testable import RoundhouseGateway

/// Web pages of other origins, and clients behind proxies.
@Suite struct BrowserTests {
    private static let upstream: @Sendable (ScriptedConnection) throws -> Void = { connection in
        while try connection.request() != nil { try connection.answer(Events.completion) }
    }
    private static let preflight =
        "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nOrigin: https://chat.example.com\r\n"
        + "Access-Control-Request-Method: POST\r\n\r\n"

    @Test func withoutAListNoPageMayReadAnything() async throws {
        try await TestGateway.run(upstream: try ScriptedUpstream(script: Self.upstream)) { gateway in
            let answer = try await gateway.ask(Self.preflight)
            #expect(answer.status == 405)
            #expect(answer.header("access-control-allow-origin") == nil)
        }
    }

    @Test func aListedOriginMayAskAndRead() async throws {
        let upstream = try ScriptedUpstream(script: Self.upstream)
        try await TestGateway.run(
            upstream: upstream,
            change: {
                $0.settings.corsOrigins = ["https://chat.example.com"]
                $0.keys = [APIKey(id: "k", hash: KeyHash(secret: "rh-k"))]
            }
        ) { gateway in
            let asked = try await gateway.ask(Self.preflight)
            #expect(asked.status == 204)
            #expect(asked.header("access-control-allow-origin") == "https://chat.example.com")
            #expect(asked.header("access-control-allow-headers")?.contains("authorization") == true)
            #expect(asked.header("content-length") == nil)
            let page = "Origin: https://chat.example.com\r\nAuthorization: Bearer rh-k\r\n"
            let answer = try await gateway.ask(Request.chat(headers: page))
            #expect(answer.status == 200)
            #expect(answer.header("access-control-allow-origin") == "https://chat.example.com")
            #expect(answer.header("vary") == "origin")
            let refused = try await gateway.ask(Request.chat(headers: "Origin: https://chat.example.com\r\n"))
            #expect(refused.status == 401)
            #expect(refused.header("access-control-allow-origin") == "https://chat.example.com")
            let other = try await gateway.ask(
                Request.chat(headers: "Origin: https://evil.example.com\r\nAuthorization: Bearer rh-k\r\n"))
            #expect(other.status == 403)
            #expect(other.header("access-control-allow-origin") == nil)
        }
    }

    @Test(arguments: [
        ([], "203.0.113.7", "127.0.0.1"), (["127.0.0.1"], "203.0.113.7", "203.0.113.7"),
        (["127.0.0.0/8"], "6.6.6.6, 203.0.113.7:4711", "203.0.113.7"),
        (["127.0.0.1", "10.0.0.0/8"], "6.6.6.6, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        (["127.0.0.1"], "6.6.6.6, [2001:db8::1]:443", "2001:db8::1"),
        (["127.0.0.1"], "203.0.113.7, nonsense", "127.0.0.1"),
        (["10.0.0.0/8"], "203.0.113.7", "127.0.0.1"),
    ])
    func onlyConfiguredProxiesAreBelieved(trusted: [String], header: String, client: String) async throws {
        let upstream = try ScriptedUpstream(script: Self.upstream)
        let ranges = trusted.compactMap { AddressRange($0) }
        try await TestGateway.run(upstream: upstream, change: { $0.settings.trustedProxies = ranges }) { gateway in
            let answer = try await gateway.ask(Request.chat(headers: "X-Forwarded-For: \(header)\r\n"))
            #expect(answer.status == 200)
            #expect(try await gateway.record()["client"] as? String == client)
        }
    }
}
