import Testing

@testable import RoundhouseCore

@Suite struct JSONFieldsTests {
    private func with<Result>(
        _ text: String, _ body: (JSONFields) throws -> Result
    ) throws -> Result {
        try Array(text.utf8).withUnsafeBytes { try body(try JSONFields($0)) }
    }

    @Test func theLastOfANameCounts() throws {
        try with(#" {"a":1,"\u0061":2,"b":null,"c":"\n"} "#) { fields in
            #expect(fields.all.map(\.name) == ["a", "b", "c"])
            let whole = try fields.whole("a")
            #expect(whole == 2)
            #expect(fields["b"] == nil && fields["d"] == nil)
            let text = try fields.string("c")
            #expect(text == "\n")
        }
    }

    @Test func wholeNumbersMayHaveAPoint() throws {
        try with(#"{"a":-1.0,"b":1.5,"c":1e3,"d":1e300,"e":true}"#) { fields in
            let (a, c, b) = (try fields.whole("a"), try fields.whole("c"), try fields.number("b"))
            #expect(a == -1 && c == 1000 && b == 1.5)
            for name in ["b", "d", "e"] { #expect(throws: EnvelopeError.self) { try fields.whole(name) } }
        }
    }

    @Test func mistakesSayWhereTheyAre() throws {
        try with(#"{"m":[{"x":{"y":1}}]}"#) { fields in
            let element = try fields.object(try fields.elements("m")[0], at: 0, of: "m")
            let inner = try #require(try element.object("x"))
            #expect(
                throws: EnvelopeError(#""m[0].x.y" must be a string, and is a number."#, parameter: "m[0].x.y", at: 16)
            ) {
                try inner.string("y")
            }
        }
    }

    @Test func onlyObjectsHaveFields() {
        for text in ["[]", "7", "", "{"] { #expect(throws: EnvelopeError.self) { try with(text) { _ in } } }
    }

    @Test func aFieldIsWrittenOnce() throws {
        var writer = JSONObjectWriter()
        writer.add("a", "\"")
        writer.add("a", 7)
        writer.add("b", elements: [Array("1".utf8), Array("{}".utf8)])
        try with(#"{"a":1,"c":1.0,"d":[]}"#) { writer.addRest(of: $0, except: ["d"]) }
        #expect(String(decoding: writer.text, as: UTF8.self) == #"{"a":"\"","b":[1,{}],"c":1.0}"#)
        #expect(JSONObjectWriter().text == Array("{}".utf8))
    }
}
