import Testing

@testable import RoundhouseCore

@Suite struct OllamaRefusalTests {
    private static let message = #"{"role":"user","content":"x"}"#

    @Test(arguments: [
        (#""messages":[]"#, "messages", #""messages" is empty: there is nothing to answer."#),
        (#""messages":{}"#, "messages", #""messages" must be an array, and is an object."#),
        (#""messages":[7]"#, "messages[0]", #""messages[0]" must be an object, and is a number."#),
        (
            #""messages":[{"content":"x"}]"#, "messages[0].role",
            #""messages[0].role" is missing: it is system, user, assistant or tool."#
        ),
        (
            #""messages":[{"role":"user","content":[]}]"#, "messages[0].content",
            #""messages[0].content" must be a string, and is an array; pictures go into "images"."#
        ),
        (
            #""messages":[{"role":"user","images":["iVBORw0KGgo=","https://x"]}]"#, "messages[0].images[1]",
            #""messages[0].images[1]" must be a picture as base64 text; links and paths are not followed."#
        ),
        (
            #""messages":[{"role":"user","images":["AAAA"]}]"#, "messages[0].images[0]",
            #""messages[0].images[0]" is no picture that is known here: PNG, JPEG, GIF, WebP or BMP."#
        ),
        (
            #""messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}]"#,
            "messages[0].tool_calls[0].function.arguments",
            #""messages[0].tool_calls[0].function.arguments" must be an object."#
        ),
        (
            #""messages":[{"role":"assistant","tool_calls":[{}]}]"#, "messages[0].tool_calls[0].function.name",
            #""messages[0].tool_calls[0].function.name" is missing: it says which tool was called."#
        ),
        (
            #""messages":[M],"tools":[{}]"#, "tools[0].function",
            #""tools[0].function" is missing: it names and describes the function that may be called."#
        ),
        (#""messages":[M],"format":"xml""#, "format", #""format" must be "json" or a JSON schema."#),
        (
            #""messages":[M],"think":"a lot""#, "think",
            #""think" must be true, false, "low", "medium", "high" or "max"."#
        ),
        (#""messages":[M],"stream":1"#, "stream", #""stream" must be true or false, and is a number."#),
        (
            #""messages":[M],"keep_alive":"5 minutes""#, "keep_alive",
            #""keep_alive" must be a duration such as "5m" or "1h30m", or seconds as a number; 0 unloads, -1 keeps for ever."#
        ),
        (
            #""messages":[M],"options":{"top_k":1.5}"#, "options.top_k",
            #""options.top_k" must be a whole number, and is a number."#
        ),
        (
            #""messages":[M],"options":{"temperature":"hot"}"#, "options.temperature",
            #""options.temperature" must be a number, and is a string."#
        ),
        (
            #""messages":[M],"options":{"stop":["a",1]}"#, "options.stop[1]",
            #""options.stop[1]" must be a string, and is a number."#
        ),
        (
            #""messages":[M],"options":{"num_ctx":0}"#, "options.num_ctx",
            #""options.num_ctx" must be a number of tokens above 0."#
        ),
        (
            #""messages":[M],"options":{"tools":[]}"#, "options.tools",
            #""options.tools" is no option: write it beside "options", not into it."#
        ),
        (
            #""messages":[M],"_debug_render_only":true"#, "_debug_render_only",
            #""_debug_render_only" is not offered here: engines do not show what a template makes."#
        ),
    ])
    func chat(_ fields: String, _ parameter: String, _ message: String) {
        let body = #"{"model":"m","# + fields.replacing("M", with: Self.message) + "}"
        let refusal = OllamaTranscript.refusal(OllamaChat(clock: { 0 }), body)
        #expect(refusal?.parameter == parameter)
        #expect(refusal?.message == message)
    }

    @Test func aMistakeIsWhereItStands() {
        let body = #"{"model":"m","messages":[],"think":7}"#
        #expect(OllamaTranscript.refusal(OllamaChat(clock: { 0 }), body)?.offset == 24)
    }

    @Test(arguments: [
        (#""raw":true"#, "raw"), (#""suffix":"x""#, "suffix"), (#""template":"x""#, "template"),
        (#""context":[1]"#, "context"), (#""width":8"#, "width"), (#""images":[1]"#, "images[0]"),
        (#""system":1"#, "system"), (#""prompt":"""#, "prompt"), (#""prompt":[]"#, "prompt"),
    ])
    func generate(_ field: String, _ parameter: String) {
        let prompt = field.contains("prompt") ? "" : #","prompt":"x""#
        let body = #"{"model":"m","# + field + prompt + "}"
        #expect(OllamaTranscript.refusal(OllamaGenerate(clock: { 0 }), body)?.parameter == parameter)
    }

    @Test(arguments: [
        (#"{"model":"m"}"#, "input"), (#"{"model":"m","input":["a",[1]]}"#, "input[1]"), (#"{"input":7}"#, "input"),
    ])
    func embed(_ body: String, _ parameter: String) {
        #expect(OllamaTranscript.refusal(OllamaEmbed(clock: { 0 }), body)?.parameter == parameter)
    }

    @Test func embeddings() {
        #expect(OllamaTranscript.refusal(OllamaEmbeddings(), #"{"model":"m"}"#)?.parameter == "prompt")
        #expect(OllamaTranscript.refusal(OllamaEmbeddings(), #"{"prompt":["m"]}"#)?.parameter == "prompt")
    }
}
