import RoundhouseCore
import Testing

@Suite struct BodyPatchTests {
    private func patched(
        _ text: String, model: String? = nil, askForUsage: Bool = false, defaults: [(String, String)] = [],
        dropping: [String] = []
    ) throws -> String {
        let result = try ScannedBody(text)
            .patched(model: model, askForUsage: askForUsage, defaults: defaults, dropping: dropping)
        #expect(result.announced == result.text.utf8.count, "the length that was announced")
        return result.text
    }

    @Test func nothingToChangeIsNoPatch() throws {
        let text = "  {\"model\" : \"m\" , \"n\":1.50}\n"
        #expect(try patched(text, model: "m") == text)
        let body = try ScannedBody(text)
        body.bytes.withUnsafeBytes { bytes in
            let patch = BodyPatch.make(
                envelope: body.envelope, body: bytes, upstreamModel: Array("m".utf8), askForUsage: false, defaults: [],
                fields: .allBut([]))
            #expect(patch.isEmpty)
            #expect(patch.length(of: bytes.count) == bytes.count)
            let other = BodyPatch.make(
                envelope: body.envelope, body: bytes, upstreamModel: Array("x".utf8), askForUsage: false, defaults: [],
                fields: .allBut([]))
            #expect(!other.isEmpty)
        }
    }

    @Test func onlyTheNameOfTheModelChanges() throws {
        #expect(
            try patched("{ \"n\":1.50, \"model\" : \"llama3\",\t\"z\":\"\\u00e9\"}", model: "other/name")
                == "{ \"n\":1.50, \"model\" : \"other/name\",\t\"z\":\"\\u00e9\"}")
        #expect(try patched(#"{"model":"a"}"#, model: "a much longer name") == #"{"model":"a much longer name"}"#)
        #expect(try patched(#"{"model":"a much longer name"}"#, model: "a") == #"{"model":"a"}"#)
    }

    @Test func aNameWithQuotesIsWrittenAsJSON() throws {
        #expect(try patched(#"{"model":"m"}"#, model: "a\"b\\c\n") == #"{"model":"a\"b\\c\n"}"#)
    }

    @Test func aMissingModelIsAdded() throws {
        #expect(try patched("{}", model: "m") == #"{"model":"m"}"#)
        #expect(try patched(" { } ", model: "m") == #" {"model":"m" } "#)
        #expect(try patched(#"{"input":"x"}"#, model: "m") == #"{"model":"m","input":"x"}"#)
    }

    @Test(arguments: [
        (#"{"model":"m","stream":true}"#, #"{"stream_options":{"include_usage":true},"model":"m","stream":true}"#),
        (#"{"model":"m","stream_options":{}}"#, #"{"model":"m","stream_options":{"include_usage":true}}"#),
        (#"{"model":"m","stream_options":{ }}"#, #"{"model":"m","stream_options":{"include_usage":true }}"#),
        (#"{"model":"m","stream_options":{"a":1}}"#, #"{"model":"m","stream_options":{"include_usage":true,"a":1}}"#),
        (#"{"model":"m","stream_options":null}"#, #"{"model":"m","stream_options":{"include_usage":true}}"#),
        (
            #"{"model":"m","stream_options":{"include_usage":false}}"#,
            #"{"model":"m","stream_options":{"include_usage":true}}"#
        ),
        (
            #"{"stream_options":{"a":{},"include_usage" : null },"model":"m"}"#,
            #"{"stream_options":{"a":{},"include_usage" : true },"model":"m"}"#
        ),
        (
            #"{"model":"m","stream_options":{"include_usage":true}}"#,
            #"{"model":"m","stream_options":{"include_usage":true}}"#
        ),
    ])
    func usageIsAskedForInWhateverIsThere(text: String, expected: String) throws {
        #expect(try patched(text, askForUsage: true) == expected)
        #expect(try patched(text, askForUsage: false) == text)
    }

    @Test func defaultsAreAddedWhereTheClientSentNothing() throws {
        let defaults = [("temperature", "0.7"), ("stop", #"["a","b"]"#)]
        #expect(
            try patched(#"{"model":"m"}"#, defaults: defaults) == #"{"temperature":0.7,"stop":["a","b"],"model":"m"}"#)
        #expect(
            try patched(#"{"temperature":1,"model":"m"}"#, defaults: defaults)
                == #"{"stop":["a","b"],"temperature":1,"model":"m"}"#)
        #expect(
            try patched(#"{"temperature":null,"stop":0}"#, model: "m", defaults: defaults)
                == #"{"model":"m","temperature":null,"stop":0}"#)
        #expect(
            try patched("{}", model: "m", defaults: defaults) == #"{"model":"m","temperature":0.7,"stop":["a","b"]}"#)
    }

    @Test(arguments: [
        (#"{"a":1,"model":"m","b":2}"#, ["a"], #"{"model":"m","b":2}"#),
        (#"{"model":"m","a":1,"b":2}"#, ["a"], #"{"model":"m","b":2}"#),
        (#"{"model":"m","b":2,"a":1}"#, ["a"], #"{"model":"m","b":2}"#),
        (#"{"model":"m","a":1,"b":2}"#, ["a", "b"], #"{"model":"m"}"#),
        (#"{"a":1,"b":2,"model":"m"}"#, ["b", "a"], #"{"model":"m"}"#),
        (#"{"a":1,"model":"m","b":2}"#, ["a", "b"], #"{"model":"m"}"#),
        (#"{"a":1,"x":0,"a":2,"model":"m","a":3}"#, ["a"], #"{"x":0,"model":"m"}"#),
        (#"{ "a" : [1, 2] , "model" : "m" }"#, ["a"], #"{ "model" : "m" }"#),
        (#"{ "model" : "m" , "a" : {} }"#, ["a"], #"{ "model" : "m" }"#),
        (#"{"model":"m","ab":1,"A":2}"#, ["a", ""], #"{"model":"m","ab":1,"A":2}"#),
        (#"{"model":"m"}"#, ["a"], #"{"model":"m"}"#),
        (#"{"model":"m","":1}"#, [""], #"{"model":"m"}"#),
    ])
    func fieldsAreLeftOutWithTheirCommas(text: String, names: [String], expected: String) throws {
        #expect(try patched(text, dropping: names) == expected)
    }

    @Test func whatIsLeftOutInFrontStaysOutWhenSomethingIsAdded() throws {
        #expect(
            try patched(#"{"logprobs":1,"model":"m"}"#, defaults: [("top_k", "4")], dropping: ["logprobs"])
                == #"{"top_k":4,"model":"m"}"#)
        #expect(
            try patched(#"{"logprobs":1,"model":"m","stream":true}"#, askForUsage: true, dropping: ["logprobs"])
                == #"{"stream_options":{"include_usage":true},"model":"m","stream":true}"#)
        #expect(
            try patched(#"{ "logprobs":1,"model":"m"}"#, defaults: [("top_k", "4")], dropping: ["logprobs"])
                == #"{"top_k":4, "model":"m"}"#)
    }

    @Test func everythingMayBeLeftOut() throws {
        #expect(try patched(#"{"a":1,"b":2}"#, model: "m", dropping: ["a", "b"]) == #"{"model":"m"}"#)
        #expect(try patched(#"{ "a":1 }"#, model: "m", dropping: ["a"]) == #"{"model":"m"  }"#)
    }

    @Test func allChangesTogether() throws {
        #expect(
            try patched(
                #"{"messages":[],"user":"u","model":"m","stream_options":{"x":1},"logit_bias":{}}"#, model: "up",
                askForUsage: true,
                defaults: [("temperature", "0"), ("user", "\"d\"")], dropping: ["user", "logit_bias"])
                == #"{"temperature":0,"messages":[],"model":"up","stream_options":{"include_usage":true,"x":1}}"#)
    }

    @Test func editsAreWrittenInTheOrderOfTheirPlaces() {
        var patch = BodyPatch()
        patch.replace(8..<10, with: Array("YY!".utf8))
        patch.replace(0..<1, with: [])
        patch.replace(4..<4, with: Array("+".utf8))
        var written: [UInt8] = []
        Array("0123456789".utf8).withUnsafeBytes { bytes in patch.write(bytes) { written += $0 } }
        #expect(String(decoding: written, as: UTF8.self) == "123+4567YY!")
        #expect(patch.length(of: 10) == written.count)
    }
}
