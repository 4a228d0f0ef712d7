import RoundhouseCore
import Testing

/// A head along with the bytes that it was read from.
struct ParsedHead {
    let bytes: [UInt8]
    let head: ResponseHead

    /// Reads a head; nil if it is not complete.
    /// - Throws: `ResponseHeadError`
    init?(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        guard let head = try bytes.withUnsafeBytes({ try ResponseHeadParser.parse($0) }) else { return nil }
        self.head = head
    }

    /// Reads a head of these lines, which must be complete.
    init(lines: String...) throws {
        self = try #require(try ParsedHead(Array((lines + ["", ""]).joined(separator: "\r\n").utf8)))
    }

    /// The header lines as `name=value` texts.
    var fields: [String] {
        var fields: [String] = []
        bytes.withUnsafeBytes { bytes in
            head.forEachHeader(bytes) {
                fields.append(String(decoding: $0, as: UTF8.self) + "=" + String(decoding: $1, as: UTF8.self))
            }
        }
        return fields
    }
}

@Suite struct ResponseHeadTests {
    private func complaint(_ bytes: [UInt8]) -> String? {
        do {
            _ = try ParsedHead(bytes)
            return nil
        } catch {
            return (error as? ResponseHeadError)?.message ?? "another error"
        }
    }

    private func complaint(_ lines: String...) -> String? {
        complaint(Array((lines + ["", ""]).joined(separator: "\r\n").utf8))
    }

    @Test func readsAnOrdinaryHead() throws {
        let text =
            "HTTP/1.1 200 OK\r\nServer: llama.cpp\r\nContent-Type: application/json; charset=utf-8\r\n"
            + "Content-Length:  42 \r\n\r\n"
        let parsed = try #require(try ParsedHead(Array((text + "{\"a\":1}").utf8)))
        #expect(parsed.head.status == 200)
        #expect(parsed.head.consumed == text.utf8.count)
        #expect(parsed.head.framing == .length(42))
        #expect(parsed.head.keepAlive)
        #expect(parsed.head.contentKind == .json)
        #expect(!parsed.head.isEncoded)
        #expect(!parsed.head.isInterim)
        #expect(parsed.head.retryAfter == nil)
        #expect(
            parsed.fields == ["Server=llama.cpp", "Content-Type=application/json; charset=utf-8", "Content-Length=42"])
    }

    @Test func bareLineFeedsAndEmptyReasonsAreRead() throws {
        let parsed = try #require(try ParsedHead(Array("HTTP/1.1 204\nA:\nB:\t x y \t\r\n\nrest".utf8)))
        #expect(parsed.head.status == 204)
        #expect(parsed.head.consumed == 28)
        #expect(parsed.fields == ["A=", "B=x y"])
        #expect(try ParsedHead(lines: "HTTP/1.1 200 ").head.status == 200)
        #expect(try ParsedHead(lines: "HTTP/1.1 599 Strange: reason").head.status == 599)
    }

    @Test func valuesBeyondASCIIAndColonsInValuesArePassedOn() throws {
        #expect(
            try ParsedHead(lines: "HTTP/1.1 200 OK", "X: é", "Date: 10:20:30", "E:").fields == [
                "X=é", "Date=10:20:30", "E=",
            ])
    }

    @Test(arguments: [
        "", "HTTP/1.1", "HTTP/1.1 20", "http/1.1 200 OK", "HTTP/2 200 OK xx", "HTTP/2.0 200 OK", "HTTP/1.2 200 OK",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 2000 OK", "HTTP/1.1 099 OK", "HTTP/1.1 600 OK", "HTTP/1.1 2x0 OK", "HTTP/1.1 -20 OK",
        "HTTP/1.1\t200 OK", " HTTP/1.1 200 OK",
        "HTTP/1.1 200OK", "ICY 200 OK xxxx", "SSH-2.0-OpenSSH_9.2", "<html><body>no</body>", "{\"error\":\"nope\"}",
    ])
    func whatIsNoStatusLineIsRefused(line: String) {
        #expect(complaint(line) == "something that is not HTTP/1.1")
    }

    @Test(arguments: [
        "no colon", ": no name", "Bad Name: x", "Name : x", " folded: x", "\tfolded", "N\u{1}: x", "Né: x",
        "X: a\u{0}b", "X: a\rb", "X: a\u{1b}b", "X: \u{7f}",
    ])
    func aBrokenHeaderLineIsRefused(line: String) {
        #expect(complaint("HTTP/1.1 200 OK", "Good: 1", line) != nil)
        #expect(complaint("HTTP/1.1 200 OK", line, "Good: 1") != nil)
    }

    @Test(
        arguments: [
            (["Content-Length: 0"], .length(0)), (["content-length: 7"], .length(7)),
            (["CONTENT-LENGTH: 007"], .length(7)),
            (["Content-Length: 7", "Content-Length: 7"], .length(7)), (["Transfer-Encoding: chunked"], .chunked),
            (["transfer-encoding: CHUNKED"], .chunked), ([], .untilClose), (["X-Content-Length: 4"], .untilClose),
        ] as [([String], BodyFraming.Kind)])
    func tellsHowTheBodyEnds(fields: [String], expected: BodyFraming.Kind) throws {
        let text = (["HTTP/1.1 200 OK"] + fields + ["", ""]).joined(separator: "\r\n")
        #expect(try ParsedHead(Array(text.utf8))?.head.framing == expected)
    }

    @Test(arguments: [
        ["Content-Length: 5", "Content-Length: 6"], ["Content-Length: 5, 5"], ["Content-Length: 5 5"],
        ["Content-Length: -1"], ["Content-Length: +5"],
        ["Content-Length: -0"], ["Content-Length: 0x5"], ["Content-Length: 5.0"], ["Content-Length:"],
        ["Content-Length: five"],
        ["Content-Length: 99999999999999999999"], ["Transfer-Encoding: gzip, chunked"], ["Transfer-Encoding: gzip"],
        ["Transfer-Encoding: identity"],
        ["Transfer-Encoding: chunked, chunked"], ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: xchunked"],
        ["Transfer-Encoding:"],
    ])
    func anEndThatIsNotClearIsRefused(fields: [String]) {
        let text = (["HTTP/1.1 200 OK"] + fields + ["", ""]).joined(separator: "\r\n")
        #expect(complaint(Array(text.utf8)) != nil)
    }

    @Test func chunksWinOverALengthAndEndTheConnection() throws {
        for fields in [
            ["Content-Length: 5", "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ] {
            let head = try ParsedHead(lines: "HTTP/1.1 200 OK", fields[0], fields[1]).head
            #expect(head.framing == .chunked)
            #expect(!head.keepAlive)
        }
        #expect(complaint("HTTP/1.0 200 OK", "Transfer-Encoding: chunked") == "chunks in HTTP/1.0")
    }

    @Test(arguments: [100, 101, 103, 204, 304])
    func someAnswersHaveNoBody(status: Int) throws {
        let head = try ParsedHead(lines: "HTTP/1.1 \(status) X", "Content-Length: 5").head
        #expect(head.framing == .length(0))
        #expect(head.isInterim == (status < 200))
        #expect(try ParsedHead(lines: "HTTP/1.1 \(status) X").head.framing == .length(0))
    }

    @Test(arguments: [
        ("HTTP/1.1", "X: 1", true), ("HTTP/1.1", "Connection: close", false), ("HTTP/1.1", "connection: Close", false),
        ("HTTP/1.1", "Connection: x, close", false), ("HTTP/1.1", "Connection: upgrade ,\tCLOSE ,y", false),
        ("HTTP/1.1", "Connection: closed", true),
        ("HTTP/1.1", "Connection: keep-alive", true), ("HTTP/1.0", "X: 1", false),
        ("HTTP/1.0", "Connection: Keep-Alive", true),
        ("HTTP/1.0", "Connection: keep-alive, close", false), ("HTTP/1.1", "Proxy-Connection: close", true),
        ("HTTP/1.1", "Connection:", true),
    ])
    func tellsWhetherTheConnectionStays(version: String, field: String, expected: Bool) throws {
        #expect(try ParsedHead(lines: "\(version) 200 OK", "Content-Length: 0", field).head.keepAlive == expected)
    }

    @Test(
        arguments: [
            ("application/json", .json), ("Application/JSON;charset=utf-8", .json), ("application/json ; x", .json),
            ("application/jsonl", .other),
            ("text/event-stream", .eventStream), ("text/event-stream; charset=utf-8", .eventStream),
            ("TEXT/HTML", .html), ("text/plain", .other),
            ("application/x-ndjson", .other), ("", .other), (";", .other),
        ] as [(String, ResponseHead.ContentKind)])
    func knowsTheKindsOfContent(value: String, expected: ResponseHead.ContentKind) throws {
        #expect(try ParsedHead(lines: "HTTP/1.1 200 OK", "Content-Type: \(value)").head.contentKind == expected)
    }

    @Test func noticesACompressedBody() throws {
        #expect(try ParsedHead(lines: "HTTP/1.1 200 OK", "Content-Encoding: gzip").head.isEncoded)
        #expect(try ParsedHead(lines: "HTTP/1.1 200 OK", "content-encoding: BR").head.isEncoded)
        #expect(try !ParsedHead(lines: "HTTP/1.1 200 OK", "Content-Encoding: Identity").head.isEncoded)
        #expect(try !ParsedHead(lines: "HTTP/1.1 200 OK", "Content-Encoding:").head.isEncoded)
        #expect(
            try ParsedHead(lines: "HTTP/1.1 200 OK", "Content-Encoding: gzip", "Content-Encoding: identity").head
                .isEncoded)
        #expect(
            try ParsedHead(lines: "HTTP/1.1 200 OK", "Content-Encoding: identity", "Content-Encoding: gzip").head
                .isEncoded)
    }

    @Test(
        arguments: [("7", 7), ("0", 0), ("-7", nil), ("Wed, 21 Oct 2026 07:28:00 GMT", nil), ("1.5", nil), ("", nil)]
            as [(String, Int?)])
    func readsRetryAfterInSeconds(value: String, expected: Int?) throws {
        #expect(try ParsedHead(lines: "HTTP/1.1 429 X", "Retry-After: \(value)").head.retryAfter == expected)
    }

    @Test func everyBeginningOfAHeadIsIncomplete() throws {
        let bytes = Array(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        for count in 0..<bytes.count { #expect(try ParsedHead(Array(bytes[..<count])) == nil, "\(count) bytes") }
        #expect(try ParsedHead(bytes)?.head.consumed == bytes.count)
    }

    @Test func aHeadHasALimit() throws {
        let start = "HTTP/1.1 200 OK\r\nX: "
        func head(_ size: Int) -> [UInt8] {
            Array((start + String(repeating: "x", count: size - start.utf8.count - 4) + "\r\n\r\n").utf8)
        }
        #expect(try ParsedHead(head(ResponseHeadParser.limit))?.head.consumed == ResponseHeadParser.limit)
        #expect(complaint(head(ResponseHeadParser.limit + 1))?.contains("\(ResponseHeadParser.limit)") == true)
        #expect(try ParsedHead(Array(repeating: 0x61, count: ResponseHeadParser.limit)) == nil)
        #expect(complaint(Array(repeating: 0x61, count: ResponseHeadParser.limit + 1)) != nil)
        let endless = Array(("HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 12_000)).utf8)
        #expect(complaint(endless) != nil)
        #expect(
            try ParsedHead(Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + Array(repeating: 0, count: 100_000))?.head.consumed
                == 19)
    }
}
