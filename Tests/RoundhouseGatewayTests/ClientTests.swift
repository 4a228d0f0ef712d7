import Foundation
import RoundhouseCore
import RoundhouseTesting
import RoundhouseWorkers
import Testing

/// Clients that leave: the upstream is told at once, in every phase.
@Suite struct ClientGoneTests {
    enum Leaving: CaseIterable { case close, reset, halfClose }

    private func leave(_ client: RawClient, _ how: Leaving) {
        switch how {
        case .close: client.close()
        case .reset: client.reset()
        case .halfClose: client.halfClose()
        }
    }

    private func expectCancelled(_ gateway: TestGateway) async throws {
        let record = try await gateway.record()
        #expect(record["outcome"] as? String == "cancelled")
        #expect(record["status"] as? Int == 499)
        #expect(record["error"] as? String == "client_closed")
    }

    @Test(arguments: Leaving.allCases)
    func whileTheHeadIsAwaited(how: Leaving) async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.waitForClose()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat())
            try await upstream.hasRead(1)
            leave(client, how)
            try await upstream.sawClose()
            try await expectCancelled(gateway)
        }
    }

    @Test(arguments: Leaving.allCases)
    func inTheMiddleOfAStream(how: Leaving) async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            try connection.chunk(Events.text("one"))
            try connection.waitForClose()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat(Request.streamed))
            try await client.read(until: "one")
            leave(client, how)
            try await upstream.sawClose()
            try await expectCancelled(gateway)
        }
    }

    @Test func withAnotherRequestSentAhead() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.waitForClose()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat() + Request.chat())
            try await upstream.hasRead(1)
            client.close()
            try await upstream.sawClose()
            try await expectCancelled(gateway)
            #expect(upstream.requests.count == 1)
        }
    }

    @Test(arguments: Leaving.allCases)
    func whileTheBodyIsOnItsWay(how: Leaving) async throws {
        let upstream = try ScriptedUpstream { _ in }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n"
            )
            #expect(try await client.answer().status == 100)
            try await client.send("{\"model\":")
            leave(client, how)
            try await expectCancelled(gateway)
            #expect(upstream.connections.isEmpty)
        }
    }

    @Test func whileTheUpstreamIsDialled() async throws {
        let listener = try DeafListener()
        defer { listener.stop() }
        let endpoint = Endpoint(address: .tcp(host: "127.0.0.1", port: listener.port, tls: false), hostHeader: "x")
        let model = Model(
            name: "m", profile: .openAI, source: SourceLocation(file: "m.yaml", line: 1),
            placement: .attached([endpoint]))
        try await TestGateway.run(Setup([model])) { gateway in
            // Dialling is given up after 5 s, which a machine that is busy enough may take to get as far as leaving.
            for attempt in 1...4 {
                let client = try gateway.client()
                try await client.send(Request.chat())
                // The answer to a second request shows that the first one is in the loop's hands.
                #expect(try await gateway.ask(Request.get("/healthz")).status == 200)
                client.close()
                let records = try await gateway.log(2 * attempt)
                guard let cancelled = records.first(where: { $0["outcome"] as? String == "cancelled" }) else {
                    continue
                }
                #expect(cancelled["status"] as? Int == 499)
                return
            }
            Issue.record("a client that leaves while the upstream is dialled is not taken for one that has left")
        }
    }

    @Test func anUpstreamThatCannotBeDialledIsA502InTime() async throws {
        let listener = try DeafListener()
        defer { listener.stop() }
        let endpoint = Endpoint(address: .tcp(host: "127.0.0.1", port: listener.port, tls: false), hostHeader: "x")
        let model = Model(
            name: "m", profile: .openAI, source: SourceLocation(file: "m.yaml", line: 1),
            placement: .attached([endpoint]))
        try await TestGateway.run(Setup([model])) { gateway in
            let answer = try await gateway.ask(Request.chat())
            #expect(answer.status == 502)
            #expect(answer.errorMessage.contains("no connection within 5s"))
        }
    }

    @Test func whileTheEngineIsLoading() async throws {
        let folder = try TestGateway.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let launcher = folder + "/launcher"
        try Data("#!/bin/sh\nexec sleep 60\n".utf8).write(to: URL(fileURLWithPath: launcher))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: launcher)
        var setup = Setup([
            Model(
                name: "m", profile: .llamaCpp, source: SourceLocation(file: "m.yaml", line: 1),
                placement: .launched(LaunchSettings(weights: TestGateway.weights)))
        ])
        setup.launcher = launcher
        try await TestGateway.run(setup) { gateway in
            let client = try gateway.client()
            try await client.send(Request.chat())
            try await eventually("a waiting request") { gateway.workers.status().first?.waiting == 1 }
            client.close()
            try await eventually("no waiting request") { gateway.workers.status().first?.waiting == 0 }
            try await expectCancelled(gateway)
        }
    }
}

/// Readers and upstreams of different speed.
@Suite struct BackPressureTests {
    /// Waits until an upstream cannot send any more, and says how many bytes it got rid of.
    private func stalled(_ upstream: ScriptedUpstream) async throws -> Int {
        try await eventually("the upstream's bytes stop") {
            let before = upstream.bytesSent
            guard before > 0 else { return false }
            try await Task.sleep(for: .milliseconds(400))
            return upstream.bytesSent == before
        }
        return upstream.bytesSent
    }

    /// Kernel buffers of two connections and what the gateway holds.
    private static let bound = 12 << 20

    @Test(arguments: [Request.streamed, Request.streamedWithUsage])
    func aClientThatStopsReadingStopsTheUpstream(options: String) async throws {
        let event = Events.text(String(repeating: "x", count: 2000))
        let upstream = try ScriptedUpstream(sendBuffer: 65_536) { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            while true { try connection.chunk(event) }
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let client = try gateway.client(receiveBuffer: 16_384)
            try await client.send(Request.chat(options))
            let first = try await stalled(upstream)
            #expect(first < Self.bound)
            let wanted = first / 2
            _ = try await client.read("half of what was sent") { $0.count > wanted }
            try await eventually("the upstream goes on") { upstream.bytesSent > first }
            let second = try await stalled(upstream)
            #expect(second < first + Self.bound)
            client.close()
            try await upstream.sawClose()
            #expect(try await gateway.record()["outcome"] as? String == "cancelled")
        }
    }

    @Test func silenceWhileTheClientDoesNotReadIsNotTheUpstreamsFault() async throws {
        let event = Events.text(String(repeating: "x", count: 2000))
        let stop = Signal()
        let upstream = try ScriptedUpstream(sendBuffer: 65_536) { connection in
            guard try connection.request() != nil else { return }
            try connection.beginStream()
            while !stop.isGiven { try connection.chunk(event) }
            try connection.chunk(Events.done)
            try connection.endChunks()
        }
        try await TestGateway.run(upstream: upstream, change: { $0.models[0].timeouts.idle = .seconds(2) }) {
            gateway in
            let client = try gateway.client(receiveBuffer: 16_384)
            try await client.send(Request.chat(Request.streamed))
            _ = try await stalled(upstream)
            stop.give()
            try await Task.sleep(for: .milliseconds(3000))
            let answer = try await client.answer()
            #expect(answer.isComplete)
            #expect(answer.text.hasSuffix(Events.done))
            #expect(try await gateway.record()["outcome"] as? String == "ok")
        }
    }

    /// Runs a gateway whose upstream, over a Unix socket, ends its first answer exactly when the client's side is full.
    private func withFullClient(
        then second: @escaping @Sendable (ScriptedConnection) throws -> Void, request: String,
        change: (inout Setup) -> Void = { _ in },
        _ body: (TestGateway, ScriptedUpstream, RawClient) async throws -> Void
    ) async throws {
        let folder = try TestGateway.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let upstream = try ScriptedUpstream(unixPath: folder + "/up.sock") { connection in
            guard try connection.request() != nil else { return }
            guard connection.number == 0 else { return try second(connection) }
            try connection.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
            _ = try connection.sendWhileRead([UInt8](repeating: 0x20, count: 32_768))
            try connection.send([UInt8](repeating: 0x20, count: 32_768))
        }
        try await TestGateway.run(upstream: upstream, change: change) { gateway in
            let client = try gateway.client(receiveBuffer: 16_384)
            try await client.send(request)
            try await body(gateway, upstream, client)
        }
    }

    @Test(arguments: ["Connection: close\r\n", ""])
    func aSlowReaderGetsEverythingAlthoughTheUpstreamHasFinished(header: String) async throws {
        try await withFullClient(
            then: { _ in }, request: Request.chat(headers: header), change: { $0.settings.idleTimeout = .seconds(60) }
        ) { gateway, upstream, client in
            #expect(try await gateway.record()["outcome"] as? String == "ok")
            // Longer than the time that a connection is kept for a client which has everything.
            try await Task.sleep(for: .milliseconds(3500))
            let answer = try await client.answer()
            #expect(answer.isComplete)
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n".utf8.count
            #expect(answer.body.count == upstream.bytesSent - head)
        }
    }

    @Test func aReaderWhoNeverReadsIsGivenUp() async throws {
        try await withFullClient(
            then: { _ in }, request: Request.chat(headers: "Connection: close\r\n"),
            change: { $0.settings.idleTimeout = .seconds(1) }
        ) { gateway, _, client in
            #expect(try await gateway.record()["outcome"] as? String == "ok")
            // The one that asks is open itself.
            try await eventually("its connection is closed") {
                try await gateway.ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").text
                    .contains("\nroundhouse_open_connections 1\n")
            }
            #expect(try await client.answer().isComplete == false)
        }
    }

    @Test func aSecondStreamForAFullClientIsStoppedFromItsBeginning() async throws {
        let event = Events.text(String(repeating: "x", count: 2000))
        try await withFullClient(
            then: { connection in
                try connection.beginStream()
                while true { try connection.chunk(event) }
            }, request: Request.chat() + Request.chat(Request.streamed)
        ) { gateway, upstream, client in
            try await upstream.hasRead(2)
            try await eventually("the second stream") {
                upstream.connections.count > 1 && upstream.connections[1].bytesSent > 0
            }
            _ = try await stalled(upstream)
            #expect(upstream.connections[1].bytesSent < 2 << 20)
            _ = try await client.answer()
            try await client.read(until: "xxxx")
            client.close()
            try await upstream.sawClose(1)
        }
    }
}
