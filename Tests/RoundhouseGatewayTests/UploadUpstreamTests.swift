import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Models that take an upload slowly, not at all, or not to its end.
@Suite struct UploadUpstreamTests {
    private static let large = UploadForm.fileFirst(file: 20_000_000)
    private static let sizes = [100_000, 20_000_000]

    @Test(arguments: sizes) func itDiesInTheMiddle(size: Int) async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.head() != nil else { return }
            try connection.readBody(50_000)
            if connection.number == 0 { return connection.reset() }
            try connection.readBody(UploadForm.fileFirst(file: size).body.count - 50_000)
            try connection.answer("{}")
        }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(UploadForm.fileFirst(file: size).request())
            let answer = try await client.answer()
            #expect(answer.status == 502)
            #expect(answer.errorCode == "upstream_failed")
            #expect(answer.header("connection") == nil)
            #expect(try await gateway.record()["outcome"] as? String == "failed")
            try await gateway.hasNoSpools()
            try await client.send(UploadForm.fileFirst(file: size).request())
            #expect(try await client.answer().status == 200, "the client's connection goes on")
            #expect(upstream.requests.count == 2, "it was sent once each time")
        }
    }

    @Test(arguments: sizes) func aStaleConnectionIsTriedOnceMoreWithAllOfIt(size: Int) async throws {
        let upstream = try ScriptedUpstream { connection in
            // Keeps its first connection for one answer, and hangs up on the next request without a byte.
            if connection.number == 0 {
                guard try connection.request() != nil else { return }
                try connection.answer("{}")
                _ = try connection.head()
                return connection.reset()
            }
            while let request = try connection.request() { try connection.answer(#"{"n":\#(request.body.count)}"#) }
        }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(UploadForm.modelFirst(file: 10).request())
            #expect(try await client.answer().status == 200)
            let form = UploadForm.fileFirst(file: size)
            try await client.send(form.request())
            let answer = try await client.answer()
            #expect(answer.status == 200)
            #expect(upstream.connections.count == 2)
            #expect(upstream.requests.last?.body == form.body, "from its first byte on")
            try await gateway.hasNoSpools()
        }
    }

    @Test(arguments: sizes) func anErrorAfterTheEndKeepsTheConnection(size: Int) async throws {
        let upstream = try ScriptedUpstream { connection in
            while try connection.request() != nil {
                try connection.answer(#"{"error":{"message":"only wav"}}"#, status: "415 Unsupported")
            }
        }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            for _ in 1...2 {
                try await client.send(UploadForm.fileFirst(file: size).request())
                #expect(try await client.answer().status == 400)
            }
            #expect(upstream.connections.count == 1)
        }
    }

    @Test func anAnswerBeforeTheEndIsTheAnswer() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.head() != nil else { return }
            if connection.number == 0 {
                try connection.answer(#"{"error":{"message":"only wav"}}"#, status: "415 Unsupported")
                try connection.waitForClose()
            } else {
                try connection.readBody(Self.large.body.count)
                try connection.answer("{}")
            }
        }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Self.large.request())
            let answer = try await client.answer()
            #expect(answer.status == 400)
            #expect(answer.errorMessage.contains("only wav"))
            try await upstream.sawClose()
            try await gateway.hasNoSpools()
            try await client.send(Self.large.request())
            #expect(try await client.answer().status == 200)
            #expect(upstream.connections.count == 2, "a connection that is out of step is not used again")
        }
    }

    @Test func aGoodAnswerMayBeginBeforeTheEnd() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.head() != nil else { return }
            try connection.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{")
            try connection.readBody(Self.large.body.count)
            try connection.send("}")
            try connection.waitForClose()
        }
        try await TestGateway.runUpload(upstream: upstream) { gateway in
            let client = try gateway.client()
            try await client.send(Self.large.request())
            #expect(try await client.answer().text == "{}")
            try await gateway.hasNoSpools()
        }
    }

    @Test func aModelThatReadsSlowlyIsNotSilent() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.head() != nil else { return }
            var left = Self.large.body.count
            while left > 0 {
                let count = min(left, 1_000_000)
                try connection.readBody(count)
                left -= count
                usleep(60_000)
            }
            try connection.answer("{}")
        }
        try await TestGateway.runUpload(
            upstream: upstream, change: { $0.models[0].timeouts.firstByte = .milliseconds(800) }
        ) { gateway in
            let answer = try await gateway.ask(Self.large.request())
            #expect(answer.status == 200)
        }
    }

    @Test func aModelThatDoesNotReadIsSilent() async throws {
        let goOn = Signal()
        let upstream = try ScriptedUpstream { connection in
            guard try connection.head() != nil else { return }
            try goOn.wait()
            try connection.waitForClose()
        }
        try await TestGateway.runUpload(
            upstream: upstream, change: { $0.models[0].timeouts.firstByte = .milliseconds(300) }
        ) { gateway in
            let answer = try await gateway.ask(Self.large.request())
            #expect(answer.status == 504)
            #expect(answer.errorMessage.contains("timeouts.first_byte"))
            try await gateway.hasNoSpools()
            goOn.give()
            try await upstream.sawClose()
        }
    }

    @Test func theTotalTimeHoldsForSendingToo() async throws {
        let upstream = try ScriptedUpstream { connection in
            guard try connection.head() != nil else { return }
            while true {
                try connection.readBody(10_000)
                usleep(10_000)
            }
        }
        try await TestGateway.runUpload(upstream: upstream, change: { $0.models[0].timeouts.total = .seconds(1) }) {
            gateway in
            let answer = try await gateway.ask(Self.large.request())
            #expect(answer.status == 504)
            #expect(answer.errorMessage.contains("timeouts.total"))
            try await gateway.hasNoSpools()
        }
    }
}
