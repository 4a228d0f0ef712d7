import RoundhouseCore
import Testing

/// Bodies that are refused, and what is said about them.
@Suite struct EnvelopeRefusalTests {
    @Test(arguments: [
        "", " ", "{", "}", "[]", "\"x\"", "null", "1", "{}x", "{}{}", "{},", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}",
        "{\"a\":1 \"b\":2}", "{\"a\"1}", "{a:1}", "{'a':1}", "{1:1}", "{\"a\":1]", "{\"a\":[1}", "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1 2]}", "{\"a\":{\"b\":1,}}", "{\"a\":{,}}", "{\"a\":{\"b\"}}", "{\"a", "{\"a\":\"b", "{\"a\":\"b\\",
        "{\"a\":\"b\\\"}",
        "{\"a\":tru}", "{\"a\":True}", "{\"a\":truefalse}", "{\"a\":nul", "{\"a\":NaN}", "{\"a\":Infinity}",
        "{\"a\":undefined}",
        "{\"a\":01}", "{\"a\":-01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":5.}", "{\"a\":-}", "{\"a\":1e}", "{\"a\":1e+}",
        "{\"a\":1.e3}",
        "{\"a\":--1}", "{\"a\":0x10}", "{\"a\":1_000}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\U0041\"}",
        "{\"a\":\"\\'\"}", "{\"a\":1}//", "/**/{}", "{\"a\":/**/1}", "{\u{a0}}", "{\"a\"\u{b}:1}", "{\u{c}}",
        "\u{feff}{}", "{\"a\":1}\u{0}", "\u{0}{}",
    ])
    func whatIsNoJSONObjectIsRefused(text: String) {
        let error = envelopeError(text)
        #expect(error != nil)
        #expect(error?.parameter == nil)
        #expect((error?.offset ?? -1) >= 0 && (error?.offset ?? .max) <= text.utf8.count)
    }

    @Test func controlCharactersInStringsAreRefusedWhereverTheyStand() {
        for control in UInt8(0)..<0x20 {
            for before in 0...9 {
                let bytes =
                    Array("{\"a\":\"".utf8) + Array(repeating: 0x61, count: before) + [control]
                    + Array("bcdefghi\"}".utf8)
                #expect(envelopeError(bytes)?.offset == 6 + before)
            }
        }
        #expect(envelopeError("{\"a\":\"\u{7f}\"}") == nil)
    }

    @Test(
        arguments: [
            [0x80], [0xbf], [0xc0, 0xaf], [0xc1, 0x80], [0xc2], [0xc2, 0x41], [0xe0, 0x80, 0xaf], [0xe0, 0x9f, 0xbf],
            [0xe2, 0x82],
            [0xe2, 0x41, 0x82], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0xaf],
            [0xf0, 0x8f, 0xbf, 0xbf],
            [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xf0, 0x9f, 0x98], [0xf8, 0x88, 0x80, 0x80, 0x80],
            [0xfe], [0xff],
            [0xc3, 0xa9, 0x80],
        ] as [[UInt8]])
    func whatIsNoUTF8IsRefused(encoding: [UInt8]) {
        for before in 0...8 {
            let start = Array("{\"a\":\"".utf8) + Array(repeating: 0x61, count: before)
            #expect(envelopeError(start + encoding + Array("\"}".utf8))?.message.contains("UTF-8") == true)
            #expect(envelopeError(start + encoding) != nil, "cut off behind it")
            #expect(envelopeError(Array("{\"".utf8) + encoding + Array("\":1}".utf8)) != nil, "in a key")
        }
    }

    @Test(arguments: [
        "model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "max_output_tokens", "metadata",
        "tools",
        "functions", "messages", "input",
    ])
    func aFieldThatDecidesMayOccurOnce(key: String) {
        let value = key == "model" ? "\"m\"" : "null"
        #expect(envelopeError("{\"\(key)\":\(value)}") == nil)
        let error = envelopeError("{\"\(key)\":\(value),\"x\":1,\"\(key)\":\(value)}")
        #expect(error?.parameter == key)
        #expect(error?.message.contains("twice") == true)
    }

    @Test func includeUsageMayOccurOnce() {
        let error = envelopeError(#"{"stream_options":{"include_usage":true,"include_usage":false}}"#)
        #expect(error?.parameter == "stream_options.include_usage")
    }

    @Test(arguments: [
        #"{"mod\u0065l":"x"}"#, #"{"model":"a","\u006dodel":"b"}"#, #"{"st\/ream":true}"#, #"{"a\\b":1}"#,
    ])
    func aTopLevelKeyWithEscapesIsRefused(text: String) {
        #expect(envelopeError(text)?.message.contains("written with escapes") == true)
    }

    @Test func escapesInKeysFurtherDownAreFine() throws {
        #expect(try ScannedBody(#"{"a":{"mod\u0065l":"x"}}"#).envelope.model == nil)
    }

    /// Two readers must not see different values of `include_usage`: with an escaped second one, an engine that takes
    /// the last of two would stream without usage, and nothing would be counted.
    @Test func anEscapedIncludeUsageCannotUndoOurs() throws {
        let text = #"{"model":"m","stream":true,"stream_options":{"include\u005fusage":false}}"#
        guard envelopeError(text) == nil else { return }
        let patched = try ScannedBody(text).patched(askForUsage: true).text
        #expect(!patched.contains(#""include\u005fusage":false"#), "it stays next to ours: \(patched)")
    }

    @Test(arguments: [
        ("{\"model\":1}", "model"), ("{\"model\":null}", "model"), ("{\"model\":[\"m\"]}", "model"),
        ("{\"model\":\"\"}", "model"),
        ("{\"model\":\"a\\u0062\"}", "model"), ("{\"model\":\"a\\/b\"}", "model"), ("{\"stream\":1}", "stream"),
        ("{\"stream\":\"true\"}", "stream"), ("{\"stream\":{}}", "stream"),
        ("{\"stream_options\":true}", "stream_options"),
        ("{\"stream_options\":[]}", "stream_options"),
        ("{\"stream_options\":{\"include_usage\":1}}", "stream_options.include_usage"),
        ("{\"stream_options\":{\"include_usage\":\"true\"}}", "stream_options.include_usage"),
        ("{\"max_tokens\":\"5\"}", "max_tokens"), ("{\"max_tokens\":1.5}", "max_tokens"),
        ("{\"max_tokens\":1e3}", "max_tokens"),
        ("{\"max_tokens\":true}", "max_tokens"), ("{\"max_completion_tokens\":[]}", "max_completion_tokens"),
        ("{\"max_output_tokens\":1000000000000000000000}", "max_output_tokens"),
    ])
    func aFieldOfTheWrongKindIsNamed(text: String, parameter: String) {
        let error = envelopeError(text)
        #expect(error?.parameter == parameter)
        #expect(error?.message.contains(parameter) == true)
    }

    @Test func namesHaveALimit() throws {
        let longest = String(repeating: "n", count: RequestEnvelope.nameLimit)
        let body = try ScannedBody("{\"model\":\"\(longest)\"}")
        #expect(body[body.envelope.model] == longest)
        let error = envelopeError("{\"model\":\"\(longest)n\"}")
        #expect(error?.parameter == "model")
        #expect(error?.message.contains("\(RequestEnvelope.nameLimit)") == true)
        #expect(envelopeError("{\"model\":\"\(String(repeating: "n", count: 100_000))\"}")?.parameter == "model")
    }

    @Test func fieldsHaveALimit() {
        func body(_ count: Int) -> String { "{" + (0..<count).map { "\"k\($0)\":0" }.joined(separator: ",") + "}" }
        #expect(envelopeError(body(RequestEnvelope.fieldLimit)) == nil)
        #expect(
            envelopeError(body(RequestEnvelope.fieldLimit + 1))?.message.contains("\(RequestEnvelope.fieldLimit)")
                == true)
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
    func nestingHasALimit(open: String, close: String) {
        func body(_ levels: Int) -> String {
            let inner = levels - 1
            return "{\"a\":" + String(repeating: open, count: inner) + "0" + String(repeating: close, count: inner)
                + "}"
        }
        #expect(envelopeError(body(RequestEnvelope.depthLimit)) == nil)
        #expect(envelopeError(body(RequestEnvelope.depthLimit + 1))?.message.contains("nested") == true)
        #expect(envelopeError("{\"a\":" + String(repeating: open, count: 200_000))?.message.contains("nested") == true)
    }

    @Test func aTruncatedBodyIsRefusedWhereverItIsCut() {
        let text =
            #"{"model":"m","messages":[{"role":"user","content":"h\u00e9é \"x\""}],"n":-1.5e+3,"t":true,"z":null}"#
        let bytes = Array(text.utf8)
        #expect(envelopeError(bytes) == nil)
        for count in 0..<bytes.count { #expect(envelopeError(Array(bytes[..<count])) != nil, "cut at \(count)") }
    }
}
