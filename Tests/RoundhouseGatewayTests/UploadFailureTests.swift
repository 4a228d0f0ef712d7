import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

@testable import RoundhouseGateway

/// Uploads that do not come to their end: the client is told where one is left, and nothing stays.
@Suite struct UploadFailureTests {
    private static let large = UploadForm.fileFirst(file: 3_000_000)

    private func expect(
        _ gateway: TestGateway, _ outcome: String, _ status: Int, _ error: String, count: Int = 1
    ) async throws {
        let record = try await gateway.log(count)[count - 1]
        #expect(record["outcome"] as? String == outcome)
        #expect(record["status"] as? Int == status)
        #expect(record["error"] as? String == error)
        try await gateway.hasNoSpools()
    }

    // Clients.

    enum Leaving: CaseIterable { case close, reset, halfClose }

    private func leave(_ client: RawClient, _ how: Leaving) {
        switch how {
        case .close: client.close()
        case .reset: client.reset()
        case .halfClose: client.halfClose()
        }
    }

    @Test(arguments: Leaving.allCases) func theClientLeavesInTheMiddle(how: Leaving) async throws {
        let upstream = try ScriptedUpstream { _ in }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            let request = Self.large.request()
            try await client.send(Array(request.prefix(2_000_000)))
            try await eventually("the upload lies in a file") { gateway.openSpools == 1 }
            leave(client, how)
            try await expect(gateway, "cancelled", 499, "client_closed")
            #expect(upstream.connections.isEmpty)
        }
    }

    @Test(arguments: Leaving.allCases) func theClientLeavesWhileTheModelWorks(how: Leaving) async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.request() != nil else { return }
            try connection.waitForClose()
        }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Self.large.request())
            try await upstream.hasRead(1)
            leave(client, how)
            try await upstream.sawClose()
            try await expect(gateway, "cancelled", 499, "client_closed")
        }
    }

    @Test func theClientLeavesWhileTheModelDoesNotRead() async throws {
        let goOn = Signal()
        let upstream = try ScriptedUpstream { connection in
            guard try connection.head() != nil else { return }
            try goOn.wait()
            try connection.waitForClose()
        }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(UploadForm.fileFirst(file: 20_000_000).request())
            try await upstream.hasRead(1)
            client.close()
            try await expect(gateway, "cancelled", 499, "client_closed")
            goOn.give()
            try await upstream.sawClose()
        }
    }

    @Test func aBodyThatStopsComingIsA408() async throws {
        let upstream = try ScriptedUpstream { _ in }
        try await TestGateway.runUpload(
            upstream: upstream, change: { $0.settings.bodyTimeout = .milliseconds(300) }
        ) { gateway in
            let client = try gateway.client()
            try await client.send(Array(Self.large.request().prefix(2_000_000)))
            let answer = try await client.answer()
            #expect(answer.status == 408)
            #expect(answer.errorMessage.contains("server.body_timeout"))
            try await expect(gateway, "refused", 408, "request_timeout")
        }
    }

    // Sizes.

    @Test(arguments: ["", "Expect: 100-continue\r\n"])
    func aLengthBeyondTheLimitIsA413BeforeTheBody(headers: String) async throws {
        let upstream = try ScriptedUpstream { _ in }
        try await TestGateway.runUpload(
            upstream: upstream,
            change: {
                $0.settings.maxUpload = 2_000_000
                $0.settings.maxBody = 1000
            }
        ) { gateway in
            let client = try gateway.client()
            try await client.send(UploadForm.head(length: 2_000_001, headers: headers))
            let answer = try await client.answer()
            #expect(answer.status == 413)
            #expect(answer.errorCode == "body_too_large")
            #expect(answer.errorMessage.contains("2000000 bytes (server.max_upload"))
            #expect(answer.header("connection") == "close")
            #expect(try await client.sawEnd())
            #expect(upstream.connections.isEmpty)
        }
    }

    @Test func chunksBeyondTheLimitAreA413() async throws {
        let upstream = try ScriptedUpstream { _ in }
        try await TestGateway.runUpload(upstream: upstream, change: { $0.settings.maxUpload = 2_000_000 }) { gateway in
            let client = try gateway.client()
            let body = Self.large.body
            try await client.send(
                Array(
                    ("POST /v1/images/edits HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                        + "Content-Type: multipart/form-data; boundary=Bound\r\n\r\n\(String(body.count, radix: 16))\r\n")
                        .utf8) + body.prefix(2_100_000))
            #expect(try await client.answer().status == 413)
            try await expect(gateway, "refused", 413, "body_too_large")
        }
    }

    @Test func theLimitsOfUploadsAndOfJSONAreTheirOwn() async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try connection.answer("{}") }
        }
        try await TestGateway.runUpload(
            upstream: upstream,
            change: {
                $0.settings.maxUpload = 5_000_000
                $0.settings.maxBody = 2000
            }
        ) { gateway in
            let upload = try await gateway.ask(Self.large.request())
            #expect(upload.status == 200)
            let json = try await gateway.ask(Request.post(String(repeating: " ", count: 2001)))
            #expect(json.status == 413)
            #expect(json.errorMessage.contains("server.max_body"))
        }
    }

    // The disk.

    @Test func withoutAFolderItIsA503() async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil { try connection.answer("{}") }
        }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            // A file where the folder should be: even root cannot make one there.
            try Data().write(to: URL(fileURLWithPath: gateway.spoolFolder))
            for attempt in 1...2 {
                let client = try gateway.client()
                // Not all of it: what nobody reads must not come back as a reset.
                try await client.send(Array(Self.large.request().prefix(1_500_000)))
                let answer = try await client.answer()
                #expect(answer.status == 503)
                #expect(answer.errorCode == "upload_not_stored")
                #expect(answer.errorMessage.contains("not a directory"), "\(answer.errorMessage)")
                #expect(answer.errorMessage.contains("uploads"))
                #expect(answer.header("retry-after") == "60")
                #expect(answer.header("x-should-retry") == "false")
                #expect(answer.header("connection") == "close")
                let record = try await gateway.log(attempt)[attempt - 1]
                #expect(record["outcome"] as? String == "failed")
                #expect(record["error"] as? String == "upload_not_stored")
            }
            #expect(upstream.connections.isEmpty)
            let small = try await gateway.ask(UploadForm.modelFirst(file: 20_000).request())
            #expect(small.status == 200, "small ones need no disk")
            try FileManager.default.removeItem(atPath: gateway.spoolFolder)
            let large = try await gateway.ask(Self.large.request())
            #expect(large.status == 200, "and large ones go when the folder can be made")
        }
    }

    @Test func aSlowDiskHoldsTheClient() async throws {
        let upstream = try ScriptedUpstream { connection in
            while let request = try connection.request() { try connection.answer(#"{"n":\#(request.body.count)}"#) }
        }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let goOn = Signal()
            let room = gateway.gateway.shared.spools
            let loops = try #require(gateway.loop)
            // Both threads are busy: nothing is made or written.
            for _ in 0..<2 { _ = room.run(on: loops) { try goOn.wait() } }
            let client = try gateway.client()
            let body = UploadForm.fileFirst(file: 30_000_000).body
            async let sent: Void = client.send(UploadForm.head(length: body.count) + body)
            try await eventually("the gateway has stopped reading") {
                let before = gateway.unread
                try await Task.sleep(for: .milliseconds(100))
                return before > 0 && gateway.unread == before
            }
            #expect(gateway.openSpools == 0, "the file itself waits to be made")
            goOn.give()
            try await sent
            let answer = try await client.answer()
            #expect(answer.status == 200)
            #expect(answer.text.contains("\(body.count)"))
            try await gateway.hasNoSpools()
        }
    }

    @Test func shuttingDownEndsAnUpload() async throws {
        let upstream = try ScriptedUpstream { _ in }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Array(Self.large.request().prefix(2_000_000)))
            try await eventually("the upload lies in a file") { gateway.openSpools == 1 }
            try await gateway.shutdown()
            #expect(try await client.answer().status == 503)
            try await expect(gateway, "failed", 503, "shutting_down")
        }
    }
}
