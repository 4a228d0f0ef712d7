import RoundhouseCore
import Testing

@Suite struct BodyFramingTests {
    @Test func aLengthIsCounted() {
        let body = FramedBody(.length(5), "helloHTTP/1.1")
        #expect(body.text == "hello")
        #expect(body.end == 5)
        #expect(body.isComplete && body.mayCloseHere)
        let cut = FramedBody(.length(5), "hell")
        #expect(cut.text == "hell")
        #expect(cut.end == nil)
        #expect(!cut.isComplete && !cut.mayCloseHere)
    }

    @Test func aBodyWithoutBytesIsCompleteAtOnce() {
        #expect(BodyFraming(.length(0)).isComplete)
        #expect(FramedBody(.length(0), "next").end == 0)
        #expect(!BodyFraming(.chunked).isComplete)
        #expect(!BodyFraming(.length(1)).mayCloseHere)
    }

    @Test func untilCloseNeverEndsByItself() {
        let body = FramedBody(.untilClose, "0\r\n\r\nall of it")
        #expect(body.text == "0\r\n\r\nall of it")
        #expect(body.end == nil)
        #expect(!body.isComplete)
        #expect(body.mayCloseHere)
    }

    @Test func chunksAreTakenApart() {
        let body = FramedBody(.chunked, "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nsurplus")
        #expect(body.text == "hello world")
        #expect(body.chunkEnds == [10, 21])
        #expect(body.end == 26)
        #expect(body.isComplete && body.mayCloseHere)
    }

    @Test(arguments: [
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("00000000000a\r\n0123456789\r\n000\r\n\r\n", "0123456789"), ("2;name=value\r\nab\r\n0;last\r\n\r\n", "ab"),
        ("2 \r\nab\r\n0\t\r\n\r\n", "ab"), ("2\r\nab\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", "ab"),
        ("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"),
        ("0\r\n\r\n", ""), ("2;q=\"a;b\"\r\nab\r\n0\r\n\r\n", "ab"),
        ("1f\r\n0123456789012345678901234567890\r\n0\r\n\r\n", "0123456789012345678901234567890"),
    ])
    func chunksInEverySpelling(text: String, payload: String) {
        let body = FramedBody(.chunked, text)
        #expect(body.text == payload)
        #expect(body.end == text.utf8.count)
        #expect(body.complaint == nil)
    }

    @Test(arguments: [
        ("\r\n", "without a size"), ("x\r\n", "without a size"), (";a\r\n", "without a size"),
        (" 5\r\nhello\r\n", "without a size"),
        ("-1\r\n", "without a size"), ("+5\r\nhello", "without a size"), ("5x\r\nhello", "no hexadecimal"),
        ("0x5\r\nhello", "no hexadecimal"),
        ("5\nhello", "no hexadecimal"), ("5\rhello", "does not end in CRLF"), ("5;a\nhello", "CRLF"),
        ("5;a\rb", "does not end in CRLF"),
        ("0000000000001\r\na", "too many digits"), ("ffffffffffffffff\r\n", "too many digits"),
        ("5\r\nhelloo\r\n0\r\n\r\n", "longer than"),
        ("5\r\nhello\rx", "longer than"), ("5\r\nhello\n", "longer than"), ("0\r\n\rx", "last chunk"),
        ("5\r\nhello\r\nHTTP/1.1 200 OK\r\n", "without a size"), ("1\r\na\r\n\r\n", "without a size"),
    ])
    func brokenChunksAreNamed(text: String, complaint: String) {
        let body = FramedBody(.chunked, text)
        #expect(body.complaint?.contains(complaint) == true, "\(body.complaint ?? "none")")
        #expect(body.end == nil)
        #expect(!body.isComplete && !body.mayCloseHere)
    }

    @Test func theLargestSizeThatIsReadIsNoOverflow() {
        let body = FramedBody(.chunked, "ffffffffffff\r\nabc")
        #expect(body.text == "abc")
        #expect(body.complaint == nil)
        #expect(!body.isComplete)
    }

    @Test func extensionsAndTrailersHaveALimit() {
        let long = String(repeating: "x", count: 9000)
        #expect(FramedBody(.chunked, "1;\(long)\r\na\r\n").complaint?.contains("extension") == true)
        #expect(FramedBody(.chunked, "0\r\nX: \(long)\r\n\r\n").complaint?.contains("trailers") == true)
        let many = String(repeating: "X: y\r\n", count: 3000)
        #expect(FramedBody(.chunked, "0\r\n\(many)\r\n").complaint?.contains("trailers") == true)
        let some = String(repeating: "x", count: 4000)
        #expect(
            FramedBody(.chunked, "1;\(some)\r\na\r\n1;\(some)\r\nb\r\n1;\(some)\r\nc\r\n0\r\n\r\n").text == "abc",
            "a limit for each, not for all")
        #expect(FramedBody(.chunked, "0;\(some)\r\nX: \(some)\(some)\r\n\r\n").isComplete)
    }

    @Test(arguments: [
        "5", "5\r", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r", "5\r\nhello\r\n", "5\r\nhello\r\n0",
        "5\r\nhello\r\n0\r\n", "0\r\n\r", "0\r\nX: y\r\n",
    ])
    func aCutInsideChunksIsNoEnd(text: String) {
        let body = FramedBody(.chunked, text)
        #expect(body.end == nil && body.complaint == nil)
        #expect(!body.isComplete && !body.mayCloseHere)
    }
}
