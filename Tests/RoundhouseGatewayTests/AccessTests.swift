import Foundation
import Logging
import RoundhouseCore
import RoundhouseTesting
import RoundhouseWorkers
import Testing

@testable import RoundhouseGateway

/// Who may use what.
@Suite struct AccessTests {
    /// Every path that answers without a key. A new one must be added here on purpose.
    private static let publicPaths: Set<String> = [
        "/v1/files/images/*", "/healthz", "/readyz", "/version", "/", "/api/version",
    ]

    private static let keys = [
        APIKey(id: "inference", team: "blue", keyClass: .inference, hash: KeyHash(secret: "rh-inference")),
        APIKey(id: "metrics", keyClass: .metrics, hash: KeyHash(secret: "rh-metrics")),
        APIKey(id: "admin", keyClass: .admin, hash: KeyHash(secret: "rh-admin")),
        APIKey(id: "old", keyClass: .admin, hash: KeyHash(secret: "rh-old"), expires: 1_000_000_000),
    ]

    private static let upstreamScript: @Sendable (ScriptedConnection) throws -> Void = { connection in
        while try connection.request() != nil { try connection.answer("{}") }
    }

    private func run(_ body: (TestGateway, ScriptedUpstream) async throws -> Void) async throws {
        let upstream = try ScriptedUpstream(script: Self.upstreamScript)
        try await TestGateway.runUpload(upstream: upstream, change: { $0.keys = Self.keys }) {
            try await body($0, upstream)
        }
    }

    private func request(_ route: Route, _ headers: String = "") -> [UInt8] {
        let path = route.path.replacing("*", with: "m")
        guard route.method == "POST" else {
            return Array(
                Request.get(path, headers: headers).replacing("GET ", with: route.method + " ", maxReplacements: 1).utf8
            )
        }
        if case .inference(let api) = route.action, api.isUpload {
            return UploadForm.modelFirst(file: 5).request(path, headers: headers)
        }
        return Array(
            Request.post(
                #"{"model":"m","messages":[],"input":"x","previous_response_id":"x"}"#, to: path, headers: headers
            ).utf8)
    }

    /// The status for whoever may use a route; there are no pictures here.
    private func good(_ route: Route) -> Int {
        switch route.action {
        // No responses are stored, either.
        case .picture, .kept: 404
        case .page(let page): page.status
        // These dialects want at least one message, and refuse to go on with an answer that is not stored.
        case .inference(let api) where api.other?.nativePath != nil: 400
        default: 200
        }
    }

    /// Whether errors have codes there.
    private func hasCodes(_ route: Route) -> Bool {
        if case .inference(let api) = route.action { api.other == nil } else { true }
    }

    @Test func everyRouteNeedsAKeyOrIsListedAsPublic() async throws {
        try await run { gateway, upstream in
            for route in Route.table {
                let answer = try await gateway.ask(request(route))
                if Self.publicPaths.contains(route.path) {
                    #expect(route.access == .public)
                    #expect(answer.status == good(route), "\(route.path)")
                } else {
                    #expect(route.access != .public)
                    #expect(answer.status == 401, "\(route.path)")
                    if hasCodes(route) { #expect(answer.errorCode == "invalid_api_key") }
                    #expect(answer.header("www-authenticate") == "Bearer")
                }
            }
            #expect(upstream.connections.isEmpty)
        }
    }

    @Test func eachClassOpensItsRoutes() async throws {
        let allowed: [String: Set<RouteAccess>] = [
            "rh-inference": [.public, .inference], "rh-metrics": [.public, .metrics],
            "rh-admin": [.public, .inference, .metrics, .admin],
        ]
        try await run { gateway, _ in
            for (secret, classes) in allowed {
                for route in Route.table {
                    let answer = try await gateway.ask(request(route, "Authorization: Bearer \(secret)\r\n"))
                    #expect(
                        answer.status == (classes.contains(route.access) ? good(route) : 403),
                        "\(secret) \(route.label)")
                    if answer.status == 403, hasCodes(route) { #expect(answer.errorCode == "key_not_allowed") }
                }
            }
        }
    }

    @Test(arguments: [
        ("Authorization: Bearer rh-inference\r\n", 200), ("authorization: bearer rh-inference\r\n", 200),
        ("X-Api-Key: rh-inference\r\n", 200), ("api-key: rh-inference\r\n", 200), ("xi-api-key: rh-inference\r\n", 200),
        ("Authorization: Bearer rh-inference\r\nX-Api-Key: rh-inference\r\n", 200),
        ("Authorization: Bearer rh-inference\r\nX-Api-Key: rh-admin\r\n", 401),
        ("X-Api-Key: rh-inference\r\napi-key: rh-admin\r\n", 401),
        ("Authorization: Bearer rh-inference\r\nAuthorization: Bearer rh-admin\r\n", 401),
        ("Authorization: Bearer wrong\r\n", 401), ("Authorization: Bearer rh-old\r\n", 401),
        ("Authorization: Bearer\r\n", 401),
        ("Authorization: Bearer rh-inferenceX\r\n", 401), ("Authorization: Basic cmg6aW5mZXJlbmNl\r\n", 401),
        ("X-Api-Key:\r\n", 401), ("Cookie: key=rh-inference\r\n", 401),
    ])
    func credentials(headers: String, status: Int) async throws {
        try await run { gateway, upstream in
            let answer = try await gateway.ask(Request.chat(headers: headers))
            #expect(answer.status == status)
            if status == 401 {
                #expect(answer.errorCode == "invalid_api_key")
                #expect(upstream.connections.isEmpty)
            }
            let query = try await gateway.ask(Request.get("/v1/models?api_key=rh-inference&key=rh-inference"))
            #expect(query.status == 401, "a key in the address would stand in logs")
        }
    }

    @Test func aKeyOnAConnectionIsNotTheNextRequestsKey() async throws {
        try await run { gateway, _ in
            let client = try gateway.client()
            for (headers, status) in [
                ("Authorization: Bearer rh-inference\r\n", 200), ("", 401),
                ("Authorization: Bearer rh-inference\r\n", 200),
                ("Authorization: Bearer wrong\r\n", 401), ("X-Api-Key: rh-metrics\r\n", 403), ("", 401),
                ("Authorization: Bearer rh-inference\r\nX-Api-Key: rh-admin\r\n", 401),
            ] {
                try await client.send(Request.chat(headers: headers))
                #expect(try await client.answer().status == status, "\(headers)")
            }
        }
    }

    @Test func revokedKeysStopWorkingOnOpenConnections() async throws {
        try await run { gateway, _ in
            let client = try gateway.client()
            try await client.send(Request.chat(headers: "Authorization: Bearer rh-inference\r\n"))
            #expect(try await client.answer().status == 200)
            try gateway.replaceKeys(KeyRing(keys: [Self.keys[2]]))
            try await eventually("the key is refused") {
                try await client.send(Request.chat(headers: "Authorization: Bearer rh-inference\r\n"))
                return try await client.answer().status == 401
            }
            try await client.send(Request.chat(headers: "Authorization: Bearer rh-admin\r\n"))
            #expect(try await client.answer().status == 200)
        }
    }

    @Test func withoutKeysALoopbackBindIsOpenAndClosesWithTheFirstOne() async throws {
        let upstream = try ScriptedUpstream(script: Self.upstreamScript)
        try await TestGateway.run(upstream: upstream) { gateway in
            #expect(try await gateway.ask(Request.chat()).status == 200)
            try gateway.replaceKeys(KeyRing(keys: Self.keys))
            try await eventually("anonymous callers are refused") {
                try await gateway.ask(Request.chat()).status == 401
            }
        }
    }

    @Test(arguments: [
        ("localhost", 200), ("LOCALHOST:80", 200), ("127.0.0.1:8080", 200), ("127.9.9.9", 200), ("[::1]:80", 200),
        ("mine.example", 200), ("MINE.example:1", 200), ("evil.example", 403), ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403), ("evil.example:80@localhost", 403), ("192.168.0.1", 403), ("localhost:x", 403),
    ])
    func hostIsCheckedOnLoopback(host: String, status: Int) async throws {
        var setup = Setup()
        setup.settings.allowedHosts = ["mine.example"]
        try await TestGateway.run(setup) { gateway in
            let answer = try await gateway.ask("GET /v1/models HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(answer.status == status)
            if status == 403 { #expect(answer.errorCode == "host_not_allowed") }
        }
    }

    @Test(arguments: [
        ("http://localhost:3000", 200), ("https://127.0.0.1", 200), ("http://[::1]:1", 200),
        ("https://mine.example", 200),
        ("https://evil.example", 403), ("http://localhost.evil.example", 403), ("null", 403), ("", 403),
        ("file://", 403),
        ("https://evil.example/http://localhost", 403), ("http://localhost@evil.example", 403),
    ])
    func webPagesElsewhereAreRefusedOnLoopback(origin: String, status: Int) async throws {
        let upstream = try ScriptedUpstream(script: Self.upstreamScript)
        try await TestGateway.run(upstream: upstream, change: { $0.settings.allowedHosts = ["mine.example"] }) {
            gateway in
            let answer = try await gateway.ask(Request.chat(headers: "Origin: \(origin)\r\n"))
            #expect(answer.status == status)
            if status == 403 {
                #expect(answer.errorCode == "origin_not_allowed")
                #expect(upstream.connections.isEmpty)
            }
        }
    }

    @Test func anonymousCallersMayUseModelsAndNothingElse() async throws {
        let upstream = try ScriptedUpstream(script: Self.upstreamScript)
        try await TestGateway.runUpload(
            upstream: upstream,
            change: {
                $0.keys = Self.keys
                $0.allowsAnonymous = true
                $0.models[0].capabilities = CapabilitySet(Capability.allCases)
            }
        ) { gateway in
            for route in Route.table {
                let isOpen = route.access == .public || route.access == .inference
                for headers in ["", "Authorization: Bearer sk-anything\r\n"] {
                    let answer = try await gateway.ask(request(route, headers))
                    #expect(answer.status == (isOpen ? good(route) : 401), "\(route.label)")
                }
                let admin = try await gateway.ask(request(route, "Authorization: Bearer rh-admin\r\n"))
                #expect(admin.status == good(route), "\(route.label)")
            }
        }
    }

    @Test func anOpenBindIsRefused() async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let folder = try TestGateway.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let workers = WorkerPool(
            models: [],
            settings: WorkerSettings(
                runtimeDirectory: folder, logDirectory: nil, launcher: "/none",
                commands: EngineLocator(dataDirectory: folder, environment: [:])),
            logger: logger)
        var configuration = Configuration(dataDirectory: folder, keysFile: folder + "/keys.yaml")
        configuration.server.port = 0
        configuration.server.loops = 1
        configuration.server.shutdownTimeout = .milliseconds(100)
        configuration.server.host = "0.0.0.0"
        do {
            let gateway = try await Gateway.start(
                configuration, workers: workers, options: Gateway.Options(keys: KeyRing(keys: []), version: "1"),
                logger: logger)
            try await gateway.shutdown()
            Issue.record("started")
        } catch let error as Gateway.StartError {
            guard case .refused(let why) = error else { throw error }
            #expect(why.contains("roundhouse keys create"))
            #expect("\(error)" == why)
        }
        for options in [
            Gateway.Options(keys: KeyRing(keys: []), allowsAnonymous: true, version: "1"),
            Gateway.Options(keys: KeyRing(keys: Self.keys), version: "1"),
        ] {
            let gateway = try await Gateway.start(configuration, workers: workers, options: options, logger: logger)
            let client = try RawClient(port: gateway.port)
            try await client.send("GET /v1/models HTTP/1.1\r\nHost: any.example\r\n\r\n")
            #expect(try await client.answer().status == (options.allowsAnonymous ? 200 : 401))
            // The last key is revoked: nobody may do anything, in place of everybody everything.
            try gateway.apply(gateway.configuration, keys: KeyRing(keys: []), replacing: [])
            try await client.send("GET /v1/models HTTP/1.1\r\nHost: any.example\r\n\r\n")
            #expect(try await client.answer().status == (options.allowsAnonymous ? 200 : 401))
            try await gateway.shutdown()
        }
    }

    @Test func aPortInUseIsExplained() async throws {
        let upstream = try ScriptedUpstream { _ in }
        defer { upstream.stop() }
        var setup = Setup()
        setup.settings.port = upstream.port
        await #expect { try await TestGateway.run(setup) { _ in } } throws: { error in
            "\(error)".contains("Cannot listen on 127.0.0.1:\(upstream.port)") && "\(error)".contains("--port")
        }
    }
}
