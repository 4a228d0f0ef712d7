import RoundhouseCore
import Testing

@Suite struct EnvelopeTests {
    @Test func findsWhatDecidesAboutARequest() throws {
        let body = try ScannedBody(
            """
            {"messages": [{"role": "user", "content": "hi"}], "model": "llama3", "stream": true,
             "stream_options": {"include_usage": true}, "max_tokens": 12, "metadata": {"feature": "search"}}
            """)
        let envelope = body.envelope
        #expect(body[envelope.model] == "llama3")
        #expect(envelope.stream)
        #expect(envelope.includeUsage == true)
        #expect(body[envelope.includeUsageValue] == "true")
        #expect(body[envelope.streamOptions?.value] == #"{"include_usage": true}"#)
        #expect(envelope.maxTokens == 12)
        #expect(body[envelope.feature] == "search")
        #expect(!envelope.hasTools)
        #expect(!envelope.hasImages)
    }

    @Test func listsTheFieldsInTheirOrderWithTheirPlaces() throws {
        let body = try ScannedBody(
            "\n { \"b\" : -1.5e3 ,\"a\":[ {} ]\t, \"c\":\"x\\\"y\" , \"b\":null,\"\":true,\"f\":false,\"o\":{ } } ")
        #expect(body.fields == ["b=-1.5e3", "a=[ {} ]", "c=\"x\\\"y\"", "b=null", "=true", "f=false", "o={ }"])
        #expect(body.envelope.fields.map(\.kind) == [.number, .array, .string, .null, .true, .false, .object])
        #expect(body.envelope.objectStart == 2)
    }

    @Test func findsAFieldByItsKey() throws {
        let body = try ScannedBody(#"{"top_k":4,"top_p":0.5,"top_k":5}"#)
        body.bytes.withUnsafeBytes { bytes in
            #expect(body[body.envelope.field("top_p", in: bytes)?.value] == "0.5")
            #expect(body[body.envelope.field("top_k", in: bytes)?.value] == "4")
            #expect(body.envelope.field("top", in: bytes) == nil)
            #expect(body.envelope.field("top_pp", in: bytes) == nil)
        }
    }

    @Test func anEmptyObjectDecidesNothing() throws {
        for text in ["{}", " { } ", "{\n}"] {
            let envelope = try ScannedBody(text).envelope
            #expect(envelope.fields.isEmpty)
            #expect(envelope.model == nil)
            #expect(!envelope.stream)
            #expect(envelope.includeUsage == nil)
            #expect(envelope.maxTokens == nil)
        }
    }

    @Test func onlyTheTopLevelDecides() throws {
        let body = try ScannedBody(
            #"{"extra":{"model":"inner","stream":true,"max_tokens":1,"model":"again"},"list":[{"model":"third"}],"#
                + #""text":"\"model\":\"fourth\"","model":"outer"}"#)
        #expect(body[body.envelope.model] == "outer")
        #expect(!body.envelope.stream)
        #expect(body.envelope.maxTokens == nil)
    }

    @Test func keysThatOnlyLookLikeKnownOnesDecideNothing() throws {
        let envelope = try ScannedBody(
            #"{"Mode":1,"models":2,"mode":3,"streams":4,"max_token":"x","tool":[1]}"#
        )
        .envelope
        #expect(envelope.model == nil)
        #expect(!envelope.stream)
        #expect(envelope.maxTokens == nil)
        #expect(!envelope.hasTools)
    }

    /// Some engines' JSON readers take `Model` for `model`: the gateway must not check one and the engine read the other.
    @Test(arguments: ["Model", "STREAM", "Max_Tokens", "stream_Options"])
    func anotherSpellingOfAKnownKeyIsRefused(key: String) throws {
        let error = #expect(throws: EnvelopeError.self) { try ScannedBody("{\"model\":\"m\",\"\(key)\":1}") }
        #expect(error?.parameter == key.lowercased())
    }

    @Test(arguments: [("true", true), ("false", false), ("null", false)])
    func readsStream(json: String, expected: Bool) throws {
        #expect(try ScannedBody("{\"stream\":\(json)}").envelope.stream == expected)
    }

    @Test(
        arguments: [
            (#"{}"#, nil, nil), (#"null"#, nil, nil), (#"{"include_usage":true}"#, true, "true"),
            (#"{"include_usage":false}"#, false, "false"),
            (#"{"x":{"include_usage":true},"include_usage":null}"#, false, "null"),
            (#"{"x":{"include_usage":true}}"#, nil, nil),
        ] as [(String, Bool?, String?)])
    func readsStreamOptions(json: String, usage: Bool?, value: String?) throws {
        let body = try ScannedBody("{\"stream_options\":\(json)}")
        #expect(body.envelope.includeUsage == usage)
        #expect(body[body.envelope.includeUsageValue] == value)
        #expect(body[body.envelope.streamOptions?.value] == json)
    }

    @Test(arguments: ["max_tokens", "max_completion_tokens", "max_output_tokens"])
    func readsTheTokenLimit(key: String) throws {
        #expect(try ScannedBody("{\"\(key)\":0}").envelope.maxTokens == 0)
        #expect(try ScannedBody("{\"\(key)\":-1}").envelope.maxTokens == -1)
        #expect(try ScannedBody("{\"\(key)\":999999999999999999}").envelope.maxTokens == 999_999_999_999_999_999)
        #expect(try ScannedBody("{\"\(key)\":null}").envelope.maxTokens == nil)
    }

    @Test func noticesTools() throws {
        #expect(try ScannedBody(#"{"tools":[{"type":"function"}]}"#).envelope.hasTools)
        #expect(try ScannedBody(#"{"functions":[ 1 ]}"#).envelope.hasTools)
        #expect(try !ScannedBody(#"{"tools":[ ]}"#).envelope.hasTools)
        #expect(try !ScannedBody(#"{"tools":null,"functions":[]}"#).envelope.hasTools)
        #expect(try !ScannedBody(#"{"messages":[{"tools":[1]}]}"#).envelope.hasTools)
    }

    @Test func noticesImages() throws {
        let part = #"{"type":"image_url","image_url":{"url":"data:,"}}"#
        #expect(try ScannedBody("{\"messages\":[{\"content\":[\(part)]}]}").envelope.hasImages)
        #expect(try ScannedBody("{\"messages\":[{\"content\":[\(part)]}],\"model\":\"m\"}").envelope.hasImages)
        #expect(try ScannedBody(#"{"input":[{"content":[{"type":"input_image"}]}]}"#).envelope.hasImages)
        #expect(try !ScannedBody("{\"other\":[\(part)],\"messages\":[]}").envelope.hasImages)
        #expect(try !ScannedBody("{\"messages\":[],\"other\":[\(part)]}").envelope.hasImages)
        #expect(try !ScannedBody(#"{"messages":[{"type":"text","content":"image_url"}]}"#).envelope.hasImages)
        #expect(try !ScannedBody(#"{"messages":[{"content":"\"type\":\"image_url\""}]}"#).envelope.hasImages)
        #expect(try !ScannedBody(#"{"messages":[{"type":["image_url"]}]}"#).envelope.hasImages)
    }

    @Test func readsTheFeatureOnlyFromMetadata() throws {
        #expect(try ScannedBody(#"{"feature":"a","metadata":{"x":{"feature":"b"}}}"#).envelope.feature == nil)
        #expect(try ScannedBody(#"{"metadata":{"feature":7}}"#).envelope.feature == nil)
        #expect(try ScannedBody(#"{"metadata":"feature"}"#).envelope.feature == nil)
        let body = try ScannedBody(#"{"metadata":{ "x":[1,{"feature":"b"}] , "feature" : "legal" }}"#)
        #expect(body[body.envelope.feature] == "legal")
    }

    @Test func aStringMayEndAnywhereInAWordOfEightBytes() throws {
        for length in 1...40 {
            let name = String("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH".prefix(length))
            let body = try ScannedBody("{\"model\":\"\(name)\",\"\(name)x\":\"\(name)\"}")
            #expect(body[body.envelope.model] == name)
            #expect(body.fields.last == "\(name)x=\"\(name)\"")
        }
    }

    @Test func textInOtherScriptsIsRead() throws {
        let name = "модель-中文-😀"
        let body = try ScannedBody("{\"\u{10ffff}\u{800}\u{7ff}\":\"\u{e000}\u{d7ff}\",\"model\":\"\(name)\"}")
        #expect(body[body.envelope.model] == name)
        #expect(body.fields.first == "\u{10ffff}\u{800}\u{7ff}=\"\u{e000}\u{d7ff}\"")
    }

    @Test func aLongBodyIsReadToItsEnd() throws {
        let text = String(repeating: "Nothing to see here, \\\"move\\\" on. é ", count: 4000)
        let body = try ScannedBody(
            "{\"messages\":[{\"role\":\"user\",\"content\":\"\(text)\"}],\"model\":\"last\",\"stream\":true}")
        #expect(body[body.envelope.model] == "last")
        #expect(body.envelope.stream)
    }
}
