import RoundhouseCore
import Testing

@testable import RoundhouseConfig

@Suite struct UnitsTests {
    @Test(arguments: [
        ("32MiB", 33_554_432), ("1GiB", 1 << 30), ("6GB", 6_000_000_000), ("17", 17), ("1.5KiB", 1536), ("2 kb", 2000),
        ("8g", 8 << 30), ("0", 0), ("10b", 10),
    ])
    func sizes(_ text: String, _ bytes: Int) { #expect(Units.bytes(text) == bytes) }

    @Test(arguments: ["", "MiB", "-1", "1.5", "5XB", "1e400", "9999999999999TB", ".5GB", "0x10", "1 2", "nan"])
    func noSizes(_ text: String) { #expect(Units.bytes(text) == nil) }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("15m", .seconds(900)), ("2h", .seconds(7200)),
        ("1.5s", .milliseconds(1500)), ("0", .zero), ("1d", .seconds(86400)),
    ])
    func durations(_ text: String, _ duration: Duration) { #expect(Units.duration(text) == duration) }

    @Test(arguments: ["", "10", "s", "-1s", "5y", "1h30m", "99999999999h", "inf"])
    func noDurations(_ text: String) { #expect(Units.duration(text) == nil) }
}

@Suite struct EndpointParserTests {
    @Test(arguments: [
        ("http://gpu-1:8000", "gpu-1", 8000, false, "/v1", "gpu-1:8000"),
        ("https://api.example.com/v1", "api.example.com", 443, true, "/v1", "api.example.com"),
        ("https://api.example.com/openai/v1/", "api.example.com", 443, true, "/openai/v1", "api.example.com"),
        ("http://[::1]:9/", "::1", 9, false, "/v1", "[::1]:9"),
        ("http://h:80", "h", 80, false, "/v1", "h"),
    ])
    func addresses(
        _ text: String, _ host: String, _ port: Int, _ tls: Bool, _ path: String, _ header: String
    ) throws {
        let wanted = Endpoint(address: .tcp(host: host, port: port, tls: tls), basePath: path, hostHeader: header)
        #expect(try EndpointParser.parse(text) == wanted)
    }

    @Test func unixSockets() throws {
        let wanted = Endpoint(address: .unix(path: "/run/e.sock"), hostHeader: "localhost")
        #expect(try EndpointParser.parse("unix:/run/e.sock") == wanted)
        #expect(try EndpointParser.parse("unix:///run/e.sock") == wanted)
    }

    @Test(arguments: [
        "h:80", "ftp://h", "http://", "http://h:0", "http://h:99999", "http://h:x", "http://u:p@h", "http://h?x=1",
        "http://h/a b", "http://h\r\nx: y", "unix:relative", "http://[::1", "https://h/v1/chat/completions", "http://ä",
    ])
    func refusals(_ text: String) {
        #expect(throws: EndpointParser.Refusal.self) { try EndpointParser.parse(text) }
    }
}
