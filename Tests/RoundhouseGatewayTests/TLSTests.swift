import NIOCore
import NIOPosix
import NIOSSL
import RoundhouseCore
import RoundhouseTesting
import Testing

/// Upstreams over TLS whose certificate nobody vouches for.
@Suite struct TLSTests {
    @Test func aCertificateThatIsNotTrustedIsA502ThatSaysSo() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: Array(Self.certificate.utf8), format: .pem))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem)))
        let context = try NIOSSLContext(configuration: configuration)
        let received = Signal()
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.addHandler(Receiver(signal: received))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        for host in ["127.0.0.1", "localhost"] {
            var model = Model(
                name: "m", profile: .openAI, source: SourceLocation(file: "m.yaml", line: 1),
                placement: .attached([Endpoint(address: .tcp(host: host, port: port, tls: true), hostHeader: host)]))
            model.apiKey = Secret("sk-upstream")
            try await TestGateway.run(Setup([model])) { gateway in
                let answer = try await gateway.ask(Request.chat())
                #expect(answer.status == 502)
                #expect(answer.errorMessage.contains("does not trust its certificate"), "\(answer.errorMessage)")
                #expect(try await gateway.record()["outcome"] as? String == "failed")
            }
        }
        #expect(!received.isGiven, "nothing is sent before the certificate is checked")
        try await server.close()
        try await group.shutdownGracefully()
    }

    @Test func anUpstreamThatDoesNotSpeakTLSIsA502() async throws {
        let upstream = try ScriptedUpstream(tls: true) { connection in
            try connection.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            try connection.waitForClose()
        }
        try await TestGateway.run(upstream: upstream) { gateway in
            let answer = try await gateway.ask(Request.chat())
            #expect(answer.status == 502)
            #expect(answer.errorMessage.contains("TLS handshake failed"), "\(answer.errorMessage)")
        }
    }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let signal: Signal

        init(signal: Signal) { self.signal = signal }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { signal.give() }
    }

    /// Made for this test with `openssl req -x509`; signed by itself, for localhost and 127.0.0.1, good for a century.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmjCCAUGgAwIBAgIUJoY9rriBkPZKWfBpXcto6zNZ/TkwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDAzMzA0N1oYDzIxMjYxMDMx
        MDMzMDQ3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQAqrWAiXnKEq9/zl/rDzyExWzuU6f9DeQOitHq8CF0Jngf+V7avhjP
        WpISHnF6s6jTLNMOMdEaToHv49ATUOrvo28wbTAdBgNVHQ4EFgQUEJXY2PGeqJ78
        92H5Pn6FnPEiztMwHwYDVR0jBBgwFoAUEJXY2PGeqJ7892H5Pn6FnPEiztMwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDRwAwRAIgeZogaGwvz5o3y4MNiwkFJtLzjOjc8GMyA6SAOUKnW9oCIC4e
        kwxSI6S0hALIGpojvCgj0IuzHL3YYH8LpgfODprG
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGyHzBGQa0nWRGOO+
        CLUIE5O/qIDsogrQ7a8PO+10lW2hRANCAAQAqrWAiXnKEq9/zl/rDzyExWzuU6f9
        DeQOitHq8CF0Jngf+V7avhjPWpISHnF6s6jTLNMOMdEaToHv49ATUOrv
        -----END PRIVATE KEY-----
        """
}
