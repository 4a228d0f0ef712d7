import RoundhouseCore
import Testing

@Suite struct BindGuardTests {
    @Test(arguments: ["127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST", "a.localhost", "::1", "[::1]"])
    func loopback(_ host: String) {
        #expect(BindGuard.isLoopback(host))
        #expect(BindGuard.refusal(host: host, hasKeys: false, allowAnonymous: false) == nil)
    }

    @Test(arguments: [
        "0.0.0.0", "::", "[::]", "", "*", "192.168.1.7", "128.0.0.1", "1.127.0.0", "127.0.0", "127.0.0.1.",
        "127.0.0.256",
        "127.0.0.1.example.com", "127.evil.0.1", "0127.0.0.1", "localhost.example.com", "notlocalhost", "gateway",
        "::ffff:192.168.1.7", "fe80::1",
    ])
    func notLoopback(_ host: String) {
        #expect(!BindGuard.isLoopback(host))
        #expect(BindGuard.refusal(host: host, hasKeys: true, allowAnonymous: false) == nil)
        #expect(BindGuard.refusal(host: host, hasKeys: false, allowAnonymous: true) == nil)
        #expect(BindGuard.refusal(host: host, hasKeys: false, allowAnonymous: false) != nil)
    }

    @Test func theRefusalNamesTheAddressAndTheWaysOut() throws {
        let text = try #require(BindGuard.refusal(host: "0.0.0.0", hasKeys: false, allowAnonymous: false))
        for part in ["0.0.0.0", "roundhouse keys create", "127.0.0.1", "--allow-anonymous"] {
            #expect(text.contains(part), "\(part)")
        }
    }
}

@Suite struct HostCheckTests {
    @Test(arguments: [
        "localhost", "localhost:8080", "LocalHost:1", "127.0.0.1", "127.0.0.1:65535", "[::1]", "[::1]:8080",
        "app.localhost:8080", "localhost:",
    ])
    // The last one: a port may be empty (RFC 3986, section 3.2.3).
    func ourOwnNames(_ host: String) { #expect(HostCheck.allows(host, allowed: [])) }

    @Test(arguments: [
        "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.7:8080", "",
        " ", ":8080", "localhost:x", "localhost:8080:1", "localhost:123456", "::1", "[::1", "[::1]x",
        "[::1]:8080x", "evil@localhost", "evil@a.localhost", "evil a.localhost", "evil\t.localhost", "localhost@evil",
        "localhost evil", "local\u{7f}host", "localhost\u{e4}",
        "0.0.0.0", "[::]", "[evil]:80",
    ])
    func otherNames(_ host: String) { #expect(!HostCheck.allows(host, allowed: [])) }

    @Test func listedNamesAreAllowedWithAnyPortAndInAnyCase() {
        let allowed = ["Gateway.lan", "[fd00::7]"]
        for host in ["gateway.lan", "GATEWAY.LAN:8080", "[fd00::7]:443"] {
            #expect(HostCheck.allows(host, allowed: allowed), "\(host)")
        }
        for host in ["a.gateway.lan", "gateway.lan.evil.example", "gateway", "gateway.lan."] {
            #expect(!HostCheck.allows(host, allowed: allowed), "\(host)")
        }
    }
}
