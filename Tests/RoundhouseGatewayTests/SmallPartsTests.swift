import Foundation
import NIOCore
import NIOHTTP1
import RoundhouseCore
import Testing

@testable import RoundhouseGateway

@Suite struct IdleListTests {
    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test func theLastOneInIsTheFirstOut() {
        var list = IdleList<String>()
        #expect(list.isEmpty)
        list.put("a", until: at(10))
        list.put("b", until: at(10))
        #expect(list.take(now: at(0)) == "b")
        #expect(list.take(now: at(0)) == "a")
        #expect(list.take(now: at(0)) == nil)
        #expect(list.isEmpty)
    }

    @Test func whatHasExpiredIsNotTakenAndCanBeRemoved() {
        var list = IdleList<String>()
        list.put("long", until: at(20))
        list.put("short", until: at(10))
        #expect(list.take(now: at(10)) == "long")
        #expect(list.take(now: at(10)) == nil)
        #expect(!list.isEmpty)
        #expect(list.removeExpired(now: at(9)) == [])
        #expect(list.removeExpired(now: at(10)) == ["short"])
        #expect(list.isEmpty)
    }

    @Test func removingAndDraining() {
        var list = IdleList<String>()
        for name in ["a", "b", "c"] { list.put(name, until: at(10)) }
        list.removeAll { $0 == "b" }
        #expect(list.drain() == ["a", "c"])
        #expect(list.isEmpty)
    }
}

@Suite struct RouteIndexTests {
    private let index = RouteIndex()

    @Test func everyRowFindsItself() {
        for (number, route) in Route.table.enumerated() {
            let path = route.path.replacingOccurrences(of: "*", with: "a/b")
            guard case .found(let found) = index.match(method: HTTPMethod(rawValue: route.method), path: path) else {
                Issue.record("\(route.label) is not found")
                continue
            }
            #expect(found == number)
            #expect(index[found].label == route.label)
        }
    }

    @Test func noTwoRowsAreTheSame() {
        #expect(Set(Route.table.map(\.label)).count == Route.table.count)
    }

    @Test func headAnswersWhereGetDoes() {
        for route in Route.table where route.method == "GET" {
            let path = route.path.replacingOccurrences(of: "*", with: "x")
            guard case .found = index.match(method: .HEAD, path: path) else {
                Issue.record("HEAD \(path)")
                continue
            }
        }
    }

    @Test(arguments: [
        ("GET", "/v1/embeddings", "POST"), ("POST", "/v1/models", "GET, HEAD"), ("PUT", "/v1/models/x", "GET, HEAD"),
        ("HEAD", "/completions", "POST"),
    ])
    func otherMethods(method: String, path: String, allowed: String) {
        guard case .otherMethods(let found) = index.match(method: HTTPMethod(rawValue: method), path: path) else {
            Issue.record("matched")
            return
        }
        #expect(found == allowed)
    }

    @Test(arguments: ["", "/v1", "/v1/", "/v1/models/", "/v1/modelsx", "/v1/chat/completions/", "/V1/models", "*"])
    func unknown(path: String) {
        guard case .none = index.match(method: .GET, path: path) else {
            Issue.record("matched \(path)")
            return
        }
    }
}

@Suite struct RequestFactsTests {
    private func facts(
        _ headers: [(String, String)], method: HTTPMethod = .POST, uri: String = "/v1/models?x=/y", minor: Int = 1,
        host: Bool = true
    ) throws -> RequestFacts {
        var head = HTTPRequestHead(version: HTTPVersion(major: 1, minor: minor), method: method, uri: uri)
        head.headers = HTTPHeaders((host ? [("Host", "localhost")] : []) + headers)
        return try RequestFacts(head)
    }

    @Test func theOrdinary() throws {
        let facts = try facts([
            ("Content-Length", "12"), ("AUTHORIZATION", "Bearer k"), ("X-Api-Key", "a"), ("Api-Key", "b"),
            ("Xi-Api-Key", "c"),
            ("X-Request-ID", "abc-1"), ("X-Roundhouse-Feature", "search/legal"), ("Traceparent", "t"),
            ("TraceState", "s"),
            ("Expect", "100-Continue"),
        ])
        #expect(facts.path == "/v1/models")
        #expect(facts.contentLength == 12)
        #expect(facts.hasBody)
        #expect(!facts.isChunked)
        #expect(facts.authorization == "Bearer k")
        #expect(facts.apiKeys == ["a", "b", "c"])
        #expect(facts.requestID == "abc-1")
        #expect(facts.feature == "search/legal")
        #expect(facts.traceParent == "t")
        #expect(facts.traceState == "s")
        #expect(facts.expectsContinue)
        #expect(facts.keepAlive)
        #expect(facts.host == "localhost")
    }

    @Test func keepAlive() throws {
        #expect(try !facts([("Connection", "CLOSE")]).keepAlive)
        #expect(try !facts([("Upgrade", "h2c")]).keepAlive)
        #expect(try !facts([], minor: 0).keepAlive)
        #expect(try !facts([("Connection", "keep-alive")], minor: 0).keepAlive)
        #expect(try !facts([("Expect", "100-continue")], minor: 0).expectsContinue)
    }

    @Test(arguments: [
        ["Host": "b"], ["Transfer-Encoding": "gzip"], ["Transfer-Encoding": "chunked, chunked"], ["Expect": "x"],
        ["X": "a\u{0}"],
        ["X": "a\rb"], ["X": "a\n b"], ["X": "\u{7f}"], ["Content-Length": "5", "Transfer-Encoding": "chunked"],
    ])
    func malformed(headers: [String: String]) {
        #expect { try facts(headers.map { ($0.key, $0.value) }) } throws: { error in
            guard case .malformedRequest = error as? GatewayError else { return false }
            return true
        }
    }

    @Test func hosts() throws {
        #expect(throws: GatewayError.malformedRequest("The Host header is missing.")) { try facts([], host: false) }
        #expect(throws: GatewayError.malformedRequest("There is more than one Host header.")) {
            try facts([("host", "localhost")])
        }
        #expect(try facts([], minor: 0, host: false).host == nil)
        #expect(throws: GatewayError.malformedRequest("The request target must begin with a slash.")) {
            try facts([], uri: "x")
        }
    }

    @Test func twoDifferentAuthorizations() throws {
        #expect(throws: GatewayError.conflictingKeys) { try facts([("Authorization", "a"), ("authorization", "b")]) }
        #expect(try facts([("Authorization", "a"), ("authorization", "a")]).authorization == "a")
    }

    @Test(arguments: ["", "a b", "ä", "a\"b", String(repeating: "a", count: 65), "a,b", "a\u{0}"])
    func namesThatCannotStandInALogAreNotTaken(name: String) {
        #expect(RequestFacts.identifier(name) == nil)
    }

    @Test func namesThatCan() {
        for name in ["a", "A-b_c.d:e/f9", String(repeating: "a", count: 64)] {
            #expect(RequestFacts.identifier(name) == name)
        }
    }
}

@Suite struct SmallPartsTests {
    @Test func requestIDsDiffer() {
        var seen: Set<String> = []
        for _ in 0..<8 {
            var generator = RequestIDGenerator()
            for _ in 0..<20_000 {
                let id = generator.next()
                #expect(seen.insert(id).inserted)
                guard id.utf8.count == 15, RequestFacts.identifier(id) == id, id.first == "r" else {
                    Issue.record("\(id)")
                    return
                }
            }
        }
    }

    @Test(arguments: [
        (Int64(0), "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"), (784_111_777, "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
        (951_782_400, "date: Tue, 29 Feb 2000 00:00:00 GMT\r\n"),
        (1_795_482_123, "date: Tue, 24 Nov 2026 01:02:03 GMT\r\n"),
        (4_102_444_799, "date: Thu, 31 Dec 2099 23:59:59 GMT\r\n"),
    ])
    func dates(second: Int64, line: String) {
        #expect(String(decoding: HTTPDate.headerLine(second), as: UTF8.self) == line)
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 12_345, 1 << 32, Int.max])
    func decimals(number: Int) {
        var buffer = ByteBuffer()
        buffer.writeHead(expected: 64) { $0.decimal(number) }
        #expect(String(buffer: buffer) == String(number))
    }

    @Test(arguments: [
        (0, "0.000"), (1, "0.001"), (999, "0.999"), (1000, "1.000"), (1_234_567, "1234.567"), (-5, "0.000"),
    ])
    func milliseconds(microseconds: Int, text: String) {
        var buffer = ByteBuffer()
        buffer.writeHead(expected: 64) { $0.milliseconds(microseconds) }
        #expect(String(buffer: buffer) == text)
    }

    /// Whatever room was expected, the whole head is written, once, behind what was there.
    @Test(arguments: [0, 1, 7, 20, 21, 22, 4096])
    func aHeadIsWrittenWhole(expected: Int) {
        var buffer = ByteBuffer(string: "before ")
        let long = String(repeating: "x", count: 3000)
        buffer.writeHead(expected: expected) { head in
            head.write("a: " as StaticString)
            head.write([98, 99])
            head.line(" d: ", "ü")
            head.write(long)
        }
        #expect(String(buffer: buffer) == "before a: bc d: ü\r\n" + long)
    }

    @Test func headerSafeNames() {
        #expect("org/qwen-3:4b".headerSafe == "org/qwen-3:4b")
        #expect("a b\r\nx: ü%".headerSafe == "a%20b%0D%0Ax:%20%C3%BC%25")
    }

    @Test func aLoopbackEndpointDoesNotLeaveTheBox() {
        func model(_ hosts: [String]) -> Model {
            Model(
                name: "m", profile: .openAI, source: SourceLocation(file: "m", line: 1),
                placement: .attached(
                    hosts.map { Endpoint(address: .tcp(host: $0, port: 1, tls: false), hostHeader: $0) }))
        }
        #expect(!model(["127.0.0.1", "localhost"]).leavesTheHouse)
        #expect(model(["127.0.0.1", "api.example.com"]).leavesTheHouse)
        var unix = model([])
        unix.placement = .attached([Endpoint(address: .unix(path: "/x"), hostHeader: "x")])
        #expect(!unix.leavesTheHouse)
    }
}
