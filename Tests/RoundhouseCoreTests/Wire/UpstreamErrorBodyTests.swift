import RoundhouseCore
import Testing

@Suite struct UpstreamErrorBodyTests {
    private func parse(_ text: String) -> UpstreamErrorBody {
        Array(text.utf8).withUnsafeBytes { UpstreamErrorBody.parse($0) }
    }

    @Test func readsOpenAIsShape() {
        let body = parse(
            #"{"error":{"message":"No such model","type":"invalid_request_error","param":"model","#
                + #""code":"model_not_found"}}"#
        )
        #expect(body.message == "No such model")
        #expect(body.type == "invalid_request_error")
        #expect(body.parameter == "model")
        #expect(body.code == "model_not_found")
        #expect(!body.isContextOverflow)
        #expect(body.contextExplanation == nil)
    }

    @Test func aNumberAsCodeIsNoCode() {
        let body = parse(#"{"error":{"code":400,"message":"bad","type":"BadRequestError","param":null}}"#)
        #expect(body.code == nil)
        #expect(body.message == "bad")
        #expect(body.type == "BadRequestError")
        #expect(body.parameter == nil)
    }

    @Test(arguments: [
        (#"{"error":"Unauthorized"}"#, "Unauthorized"), (#"{"detail":"Not Found"}"#, "Not Found"),
        (#"{"message":"nope"}"#, "nope"),
        ("Internal Server Error", "Internal Server Error"), ("  two\n\n  lines ", "two lines "),
        ("<html><head><title>502 Bad Gateway</title></head>\n<body><h1>502</h1></body></html>", "502 Bad Gateway 502"),
    ])
    func readsTheOtherShapes(text: String, message: String) {
        #expect(parse(text).message == message)
        #expect(parse(text).type == nil)
    }

    @Test func nothingSaidIsNil() {
        #expect(parse("").message == nil)
        #expect(parse(" \n ").message == nil)
        #expect(parse("<p></p>").message == nil)
    }

    @Test func otherJSONIsShownAsItIs() {
        #expect(parse(#"{"ok":false}"#).message == #"{"ok":false}"#)
        #expect(parse(#"{"detail":[{"loc":["body","n"],"msg":"too big"}]}"#).message?.contains("too big") == true)
        #expect(parse("[1,2]").message == "[1,2]")
    }

    @Test func longTextIsCut() {
        #expect(parse(String(repeating: "a", count: 10_000)).message?.count == 200)
        #expect(parse(String(repeating: "é ", count: 10_000)).message?.count == 200)
    }

    @Test func bytesThatAreNoTextAreSurvived() {
        let body = [0xff, 0xfe, 0x00, 0x61, 0x80].withUnsafeBytes { UpstreamErrorBody.parse($0) }
        #expect(body.message?.contains("a") == true)
    }

    @Test func knowsAPromptThatIsTooLong() {
        let llama = parse(
            #"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error","#
                + #""n_prompt_tokens":5000,"n_ctx":4096}}"#
        )
        #expect(llama.isContextOverflow)
        #expect(llama.contextExplanation?.contains("5000") == true)
        #expect(llama.contextExplanation?.contains("4096") == true)
        #expect(parse(#"{"error":{"message":"x","code":"context_length_exceeded"}}"#).isContextOverflow)
        let vllm = parse(
            #"{"error":{"message":"This model's maximum context length is 128 tokens.","#
                + #""type":"BadRequestError","code":400}}"#
        )
        #expect(vllm.isContextOverflow)
        #expect(vllm.contextExplanation == nil)
        #expect(!parse("the context is fine").isContextOverflow)
    }
}
