import RoundhouseCore
import Testing

@Suite struct JSONTextTests {
    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("a\"b", #""a\"b""#), ("a\\b", #""a\\b""#),
        ("a\nb\rc\td", #""a\nb\rc\td""#),
        ("\u{0}\u{1f}\u{8}\u{c}", #""\u0000\u001f\u0008\u000c""#), ("\u{7f}", #""\u007f""#), ("é中😀/", #""é中😀/""#),
    ])
    func writesAString(text: String, expected: String) {
        #expect(String(decoding: JSONText.quoted(text), as: UTF8.self) == expected)
        #expect("\"" + String(decoding: JSONText.escaped(text), as: UTF8.self) + "\"" == expected)
    }

    @Test func appendsToWhatIsThere() {
        var bytes = Array("x".utf8)
        JSONText.append("\"", to: &bytes)
        #expect(bytes == Array(#"x\""#.utf8))
    }

    @Test func everyTextIsReadBackAsItWas() throws {
        var random = SeededRandom(71)
        for _ in 0..<300 {
            var text = ""
            for _ in 0..<random.below(20) {
                let scalar =
                    random.one(in: 2)
                    ? Unicode.Scalar(UInt32(random.below(0x80))) : Unicode.Scalar(UInt32(random.below(0x11_0000)))
                if let scalar { text.unicodeScalars.append(scalar) }
            }
            let quoted = JSONText.quoted(text)
            let back = try #require(try FoundationJSON.value(quoted) as? String)
            #expect(Array(back.unicodeScalars) == Array(text.unicodeScalars))
            #expect(quoted.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
        }
    }
}
