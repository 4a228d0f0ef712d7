import RoundhouseConfig
import RoundhouseCore
import Testing

/// `offline`, `ledger`, `server.tls`, `server.cors_origins` and `server.trusted_proxies`.
@Suite struct AccessSettingsTests {
    private static let certificate = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"
    private static let key = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n"

    private func fixture(_ yaml: String) throws -> Fixture {
        try Fixture([
            "config/roundhouse.yaml": yaml, "config/a.crt": Self.certificate,
            "config/a.key": Self.key.replacing("PRIVATE", with: "EC PRIVATE"), "models/b.crt": Self.certificate,
        ])
    }

    private func good(_ yaml: String, environment: [String: String] = [:]) throws -> Configuration {
        let result = try fixture(yaml).load(environment: environment)
        guard let configuration = result.configuration, !result.hasErrors else {
            throw Unexpected(problems: result.problems.map(\.description))
        }
        return configuration
    }

    @Test(arguments: [("true", true), ("yes", true), ("false", false), ("off", false)])
    func offline(_ word: String, _ wanted: Bool) throws {
        #expect(try good("offline: \(word)").isOffline == wanted)
        #expect(try good("", environment: ["ROUNDHOUSE_OFFLINE": word]).isOffline == wanted)
        #expect(try good("offline: \(!wanted)", environment: ["ROUNDHOUSE_OFFLINE": word]).isOffline == wanted)
    }

    private static let ledgers: [(String, Bool, Bool, Int)] = [
        ("on", true, false, 30), ("off", false, false, 30), ("required", true, true, 30), ("Required", true, true, 30),
        ("false", false, false, 30), ("{}", true, false, 30), ("{retention: 90d}", true, false, 90),
        ("{mode: required, retention: 48h}", true, true, 2), ("{mode: off}", false, false, 30), ("", true, false, 30),
    ]

    @Test(arguments: ledgers)
    func ledger(_ text: String, _ isEnabled: Bool, _ isRequired: Bool, _ days: Int) throws {
        let ledger = try good("ledger: \(text)").ledger
        #expect(ledger.isEnabled == isEnabled)
        #expect(ledger.isRequired == isRequired)
        #expect(ledger.retentionDays == days)
    }

    @Test func theEnvironmentWinsOverTheLedgerOfTheFile() throws {
        let file = "ledger: {mode: off, retention: 7d}"
        var ledger = try good(file, environment: ["ROUNDHOUSE_LEDGER": "required"]).ledger
        #expect(ledger.isEnabled && ledger.isRequired && ledger.retentionDays == 7)
        ledger = try good(file, environment: ["ROUNDHOUSE_LEDGER_RETENTION": "1d"]).ledger
        #expect(!ledger.isEnabled && !ledger.isRequired && ledger.retentionDays == 1)
    }

    @Test func certificatesLieInTheConfigFolder() throws {
        let fixture = try fixture("server: {tls: {certificate: a.crt, key: ./sub/../a.key}}")
        let result = fixture.load()
        let wanted = TLSFiles(certificate: "\(fixture.root)/config/a.crt", key: "\(fixture.root)/config/a.key")
        #expect(result.problems.filter { $0.severity == .error }.isEmpty, "\(result.problems.map(\.description))")
        #expect(result.configuration?.server.tls == wanted)
        #expect(result.watchedFiles == [wanted.certificate, wanted.key])
        let environment = ["ROUNDHOUSE_SERVER_TLS_CERTIFICATE": "\(fixture.root)/models/b.crt"]
        let other = fixture.load(environment: environment).configuration?.server.tls
        #expect(other == TLSFiles(certificate: "\(fixture.root)/models/b.crt", key: wanted.key))
    }

    @Test func certificatesMayComeFromTheEnvironmentAlone() throws {
        let files = ["ROUNDHOUSE_SERVER_TLS_CERTIFICATE": "a.crt", "ROUNDHOUSE_SERVER_TLS_KEY": "a.key"]
        #expect(try good("", environment: files).server.tls?.certificate.hasSuffix("/config/a.crt") == true)
    }

    @Test func originsAreWrittenAsBrowsersDo() throws {
        let origins = """
            [https://chat.example.com, "HTTP://Box.lan:3000", https://a.b:443, http://a.b:80, http://a.b:443,
            "http://[::1]:5173", chrome-extension://abcdef, https://chat.example.com]
            """
        let wanted = [
            "https://chat.example.com", "http://box.lan:3000", "https://a.b", "http://a.b", "http://a.b:443",
            "http://[::1]:5173", "chrome-extension://abcdef",
        ]
        #expect(try good("server:\n  cors_origins: \(origins)").server.corsOrigins == wanted)
        let variable = ["ROUNDHOUSE_SERVER_CORS_ORIGINS": "https://a, https://b"]
        #expect(try good("", environment: variable).server.corsOrigins == ["https://a", "https://b"])
        #expect(try good("server: {cors_origins: []}").server.corsOrigins.isEmpty)
        #expect(try good("server: {cors_origins: https://one}").server.corsOrigins == ["https://one"])
    }

    @Test func everyOriginIsAWarning() throws {
        let result = try fixture("server:\n  cors_origins: [\"*\"]").load()
        #expect(result.configuration?.server.corsOrigins == ["*"])
        let problem = try #require(result.problems.first { $0.severity == .warning && $0.location != nil })
        #expect(problem.location?.line == 2)
        #expect(problem.message.contains("every web page"))
        #expect(problem.fix?.contains("https://chat.example.com") == true)
    }

    @Test func proxiesAreAddressesAndBlocks() throws {
        let server = try good("server: {trusted_proxies: [10.0.0.0/8, \"::1\", 192.168.1.7]}").server
        #expect(server.trustedProxies.map { $0.contains("10.1.2.3") } == [true, false, false])
        #expect(server.trustedProxies.map { $0.contains("::1") } == [false, true, false])
        #expect(server.trustedProxies.map { $0.contains("192.168.1.7") } == [false, false, true])
        let variable = ["ROUNDHOUSE_SERVER_TRUSTED_PROXIES": "127.0.0.1,fd00::/8"]
        #expect(try good("", environment: variable).server.trustedProxies.count == 2)
    }

    @Test func believingEverybodyIsAWarning() throws {
        let result = try fixture("server: {trusted_proxies: [0.0.0.0/0]}").load()
        let problem = try #require(result.problems.first { $0.message.contains("believes everybody") })
        #expect(problem.severity == .warning)
        #expect(problem.location?.line == 1)
    }

    static let mistakes: [(String, Int, String, String)] = [
        ("offline: perhaps", 1, "`offline` must be true or false, found `perhaps`", "offline: true"),
        ("data: d\noffline:", 2, "`offline` is empty", "give it a value"),
        ("ofline: true", 1, "unknown key `ofline`", "`offline`"),
        ("ledger: require", 1, "`ledger` must be one of on, off, required, found `require`", "`required`"),
        ("ledger: [on]", 1, "`ledger` must be one of on, off, required", ""),
        ("ledger:\n  mode: maybe", 2, "`ledger.mode` must be one of on, off, required", ""),
        ("ledger:\n  retenton: 1d", 2, "unknown key `ledger.retenton`", "`ledger.retention`"),
        ("ledger:\n  retention: 30", 2, "`ledger.retention` must be whole days", "retention: 30d"),
        ("ledger:\n  retention: 36h", 2, "whole days, 1d or more", "retention: 30d"),
        ("ledger:\n  retention: 0d", 2, "whole days, 1d or more", "retention: 30d"),
        ("server:\n  tls:", 2, "`server.tls` is empty", "give it a value"),
        ("server:\n  tls: {}", 2, "`server.tls` names no files", "certificate: server.crt"),
        ("server:\n  tls: a.crt", 2, "`server.tls` must be a mapping", "{key: value}"),
        ("server:\n  tls: {certificate: a.crt}", 2, "needs the `key` too", "key: server.key"),
        ("server:\n  tls: {key: a.key}", 2, "needs the `certificate` too", "certificate: server.crt"),
        ("server:\n  tls: {cert: a.crt, key: a.key}", 2, "unknown key `server.tls.cert`", "`server.tls.certificate`"),
        ("server:\n  tls:\n    certificate:\n    key: a.key", 3, "`server.tls.certificate` is empty", "give it"),
        (
            "server:\n  tls:\n  certificate: a.crt\n  key: a.key", 3, "`server.certificate` belongs under `tls:`",
            "tls: {"
        ),
        (
            "server:\n  tls:\n    certificate: no.crt\n    key: a.key", 3, "/config/no.crt",
            "a relative path is looked for in"
        ),
        ("server:\n  tls:\n    certificate: a.crt\n    key: no.key", 4, "`server.tls.key`: there is no file", "in "),
        ("server:\n  tls:\n    certificate: .\n    key: a.key", 3, "there is no file", ""),
        (
            "server:\n  tls:\n    certificate: a.key\n    key: a.crt", 3, "holds no line that begins a certificate",
            "other way"
        ),
        (
            "server:\n  tls:\n    certificate: a.key\n    key: a.crt", 4, "begins a private key in PEM",
            "other way round"
        ),
        ("tls: {certificate: a}", 1, "`tls` belongs under `server:`", "server:\n  tls"),
        ("server: {cors_origins: [https://a.b/]}", 1, "`https://a.b/` is no origin", "write https://a.b"),
        ("server: {cors_origins: [https://a.b:444/x]}", 1, "is no origin", "write https://a.b:444"),
        ("server: {cors_origins: [a.b]}", 1, "`a.b` is no origin", "write https://a.b"),
        ("server: {cors_origins: [\"https://*.a.b\"]}", 1, "is no origin", "a `*` inside an origin is not known"),
        ("server: {cors_origins: [https://u@a.b]}", 1, "is no origin", "scheme://host"),
        ("server: {cors_origins: [https://a.b:0]}", 1, "is no origin", "scheme://host"),
        ("server: {cors_origins: [\"https://a.b:\"]}", 1, "is no origin", "scheme://host"),
        ("server: {cors_origins: [\"https://\"]}", 1, "is no origin", "scheme://host"),
        ("server: {cors_origins: [\"http://[::1\"]}", 1, "is no origin", "scheme://host"),
        ("server: {cors_origins: [\"null\"]}", 1, "is no origin", "https://null"),
        ("server: {cors_origins: [https://a.b, \"*\"]}", 1, "must be alone", "remove `*`"),
        (
            "server:\n  trusted_proxies:\n    - 10.0.0.1\n    - box.lan", 4, "`box.lan` in `trusted_proxies`",
            "10.0.0.0/8"
        ),
        ("server: {trusted_proxies: [10.1.0.0/8]}", 1, "no address and no block", "whose bits behind the prefix are 0"),
        ("server: {trusted_proxies: [10.0.0.0/]}", 1, "no address and no block", "10.0.0.5"),
        ("server: {trusted_proxies: [\"fe80::1%eth0\"]}", 1, "no address and no block", "10.0.0.5"),
        ("server: {trusted_proxies: {a: b}}", 1, "a list of texts", "[one, two]"),
    ]

    @Test(arguments: mistakes)
    func mistakesAreReported(_ yaml: String, _ line: Int, _ message: String, _ fix: String) throws {
        let result = try fixture(yaml).load()
        let hit = result.problems.first { $0.message.contains(message) }
        let problem = try #require(hit, "found: \(result.problems.map(\.description))")
        #expect(problem.severity == .error)
        #expect(problem.location?.line == line)
        #expect(fix.isEmpty || problem.fix?.contains(fix) == true, "fix: \(problem.fix ?? "none")")
        #expect(result.configuration == nil)
    }

    @Test(arguments: [
        ("ROUNDHOUSE_OFFLINE", "perhaps", "`ROUNDHOUSE_OFFLINE` must be true or false"),
        ("ROUNDHOUSE_LEDGER", "some", "`ROUNDHOUSE_LEDGER` must be one of on, off, required"),
        ("ROUNDHOUSE_LEDGER_RETENTION", "1", "`ROUNDHOUSE_LEDGER_RETENTION` must be whole days"),
        ("ROUNDHOUSE_LEDGER_RETENTON", "1d", "unknown environment variable ROUNDHOUSE_LEDGER_RETENTON"),
        ("ROUNDHOUSE_SERVER_TLS", "a", "unknown environment variable ROUNDHOUSE_SERVER_TLS"),
        ("ROUNDHOUSE_SERVER_TLS_KEY", "a.key", "`ROUNDHOUSE_SERVER_TLS_KEY` stands alone"),
        ("ROUNDHOUSE_SERVER_CORS_ORIGINS", "https://a,b/", "`b/` is no origin"),
        ("ROUNDHOUSE_SERVER_TRUSTED_PROXIES", "x", "`x` in `trusted_proxies`"),
    ])
    func badVariablesAreNamed(_ name: String, _ value: String, _ message: String) throws {
        let result = try fixture("").load(environment: [name: value])
        #expect(result.problems.contains { $0.message.contains(message) }, "\(result.problems.map(\.description))")
        #expect(result.configuration == nil)
    }

    @Test func everyKeyOfTheServerHasItsVariable() throws {
        let variables = [
            "HOST": "127.0.0.3", "PORT": "1", "MAX_BODY": "1MiB", "MAX_UPLOAD": "2MiB", "HEADER_TIMEOUT": "1s",
            "BODY_TIMEOUT": "2s", "IDLE_TIMEOUT": "3s", "SHUTDOWN_TIMEOUT": "4s", "MAX_CONNECTIONS": "5",
            "ALLOWED_HOSTS": "a", "TLS_CERTIFICATE": "a.crt", "TLS_KEY": "a.key", "CORS_ORIGINS": "https://a",
            "TRUSTED_PROXIES": "10.0.0.1", "LOOPS": "6",
        ]
        let environment = Dictionary(
            uniqueKeysWithValues: variables.map { ("ROUNDHOUSE_SERVER_\($0.key)", $0.value) })
        let configuration = try good("", environment: environment)
        let diff = ConfigurationDiff.between(try good(""), configuration)
        // One for each variable, and TLS takes two.
        #expect(diff.settings.filter { $0.hasPrefix("server.") }.count == variables.count - 1)
    }
}
