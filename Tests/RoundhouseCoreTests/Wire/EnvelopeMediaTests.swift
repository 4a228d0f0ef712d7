import Testing

@testable import RoundhouseCore

@Suite struct EnvelopeMediaTests {
    private func envelope(_ text: String) throws -> RequestEnvelope {
        try Array(text.utf8).withUnsafeBytes { bytes throws(EnvelopeError) in try RequestEnvelope.scan(bytes) }
    }

    private func part(_ url: String) -> String {
        #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"\#(url)"}}]}]}"#
    }

    @Test(arguments: [
        "http://a/b.png", "https://a/b.png", "HTTP://a", "file:///etc/passwd", #"http:\/\/a"#, #"\u0068ttp://a"#,
        "ftp://a",
        "gopher+x://a",
    ])
    func whatHasToBeFetchedIsSeen(_ url: String) throws {
        #expect(try envelope(part(url)).hasRemoteMedia)
        let responses = #"{"input":[{"content":[{"type":"input_image","image_url":"\#(url)"}]}]}"#
        #expect(try envelope(responses).hasRemoteMedia)
    }

    @Test(arguments: ["data:image/png;base64,AAAA", "DATA:,x", "iVBORw0KGgo", "", "AAAA/BBBB+CCCC=="])
    func whatIsInTheRequestIsNot(_ url: String) throws {
        let envelope = try envelope(part(url))
        #expect(!envelope.hasRemoteMedia && envelope.hasImages)
    }

    /// What a tool was called with stands in messages as an object in Anthropic's dialect, and nobody looks at it.
    @Test func callsOfToolsMayNameURLs() throws {
        let call = #"""
            {"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"fetch",
             "input":{"url":"https://example.com","type":"image","more":[{"image_url":"http://a"}]}}]}
            """#
        let plain = try envelope(call + "]}")
        #expect(!plain.hasRemoteMedia && !plain.hasImages)
        let picture = try envelope(
            call + #",{"role":"user","content":[{"type":"image","source":{"type":"url","url":"http://a"}}]}]}"#)
        #expect(picture.hasRemoteMedia && picture.hasImages)
    }

    @Test func textsAndToolsMayNameURLs() throws {
        let text = #"""
            {"messages":[{"role":"user","content":"see http://a/b"}],"metadata":{"url":"http://a"},
             "tools":[{"function":{"parameters":{"properties":{"url":{"const":"http://a"}}}}}]}
            """#
        #expect(try !envelope(text).hasRemoteMedia)
    }
}
