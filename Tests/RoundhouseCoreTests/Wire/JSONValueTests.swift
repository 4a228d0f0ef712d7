import Foundation
import Testing

@testable import RoundhouseCore

@Suite struct JSONValueTests {
    private func parse(_ text: String) -> JSONValue? { Array(text.utf8).withUnsafeBytes { JSONValue($0) } }

    /// What is read and written again means to Foundation what the original meant.
    @Test(arguments: 0..<300)
    func meansWhatFoundationReads(_ seed: Int) throws {
        var generator = JSONGenerator(seed: UInt64(seed))
        let text = generator.value(depth: 4)
        let value = try #require(parse(text), "\(text)")
        let (ours, theirs) = (try FoundationJSON.value(value.text), try FoundationJSON.value(text.utf8))
        #expect(try FoundationJSON.canonical(ours) == FoundationJSON.canonical(theirs))
        #expect(value.text.withUnsafeBytes { JSONValue($0) } == value)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":}", "{\"a\" 1}", "nul", "\"a", "1 2", "01", "1e999", "-", "[1]x", "{\"a\":1,}",
        "\"\\x\"", "\"\u{1}\"", String(repeating: "[", count: 300) + String(repeating: "]", count: 300),
    ])
    func whatIsNoJSONIsNotRead(_ text: String) {
        #expect(parse(text) == nil)
    }

    @Test func numbersStayWhatTheyAre() {
        #expect(parse("9223372036854775807") == .int(.max))
        #expect(parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(parse("[1.5,-0,1e2]") == [.number(1.5), 0, .number(100)])
        #expect(String(decoding: JSONValue.number(1e-7).text, as: UTF8.self) == "1e-07")
        #expect(JSONValue.number(.infinity).text == Array("null".utf8))
    }

    @Test func halvesOfPairsBecomeTheReplacement() {
        #expect(parse(#""\ud83d\ude00""#) == "😀")
        #expect(parse(#""\ud83d!""#) == "\u{fffd}!")
        #expect(parse(#""\ude00\ud83d""#) == "\u{fffd}\u{fffd}")
        #expect(parse(#""\ud83d\u0041""#) == "\u{fffd}A")
    }

    @Test func theLastOfTwoCounts() {
        #expect(parse(#"{"a":1,"a":2}"#) == ["a": 2])
    }
}
