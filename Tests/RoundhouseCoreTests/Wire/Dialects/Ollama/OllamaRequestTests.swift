import Testing

@testable import RoundhouseCore

@Suite struct OllamaRequestTests {
    private let chat = OllamaChat(clock: { 0 })
    private let generate = OllamaGenerate(clock: { 0 })
    private static let tail = #","model":"m:latest","stream":true,"stream_options":{"include_usage":true}"#
    private static let hi = #""messages":[{"role":"user","content":"Hi"}]"#

    @Test func aConversation() throws {
        let asked = try OllamaTranscript.asked(
            chat,
            #"""
            {"model":"m:latest","keep_alive":"5m","messages":[{"role":"system","content":"Be brief."},
             {"role":"User","content":"H\u00e9 \"you\"\n🎉"},
             {"role":"assistant","content":"Yes?","thinking":"who"},{"role":"user","content":null,"x":[1]}],"foo":{"z":1.0,"a":2}}
            """#)
        #expect(
            asked
                == #"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"H\u00e9 \"you\"\n🎉"},{"role":"assistant","content":"Yes?","reasoning_content":"who"},{"role":"user","content":"","x":[1]}]"#
                + Self.tail + #","foo":{"z":1.0,"a":2}}"#)
    }

    @Test func streamIsTheDefault() throws {
        for (value, form) in [
            ("", AnswerForm.lines), (#","stream":true"#, .lines), (#","stream":null"#, .lines),
            (#","stream":false"#, .object),
        ] {
            let body = #"{"model":"m:latest","# + Self.hi + value + "}"
            let request = try OllamaTranscript.request(chat, body)
            #expect(request.answer.output == form)
            #expect(String(decoding: request.body, as: UTF8.self) == "{" + Self.hi + Self.tail + "}")
        }
    }

    @Test func optionsBecomeFields() throws {
        let asked = try OllamaTranscript.asked(
            chat,
            #"{"model":"m:latest","# + Self.hi
                + #","options":{"num_ctx":4096,"num_gpu":99,"num_thread":4,"numa":true,"num_predict":64.0,"temperature":0.70,"top_k":40,"top_p":0.9,"min_p":0.05,"typical_p":0.7,"repeat_last_n":33,"repeat_penalty":1.2,"presence_penalty":1.5,"frequency_penalty":1.0,"seed":42,"stop":["\n","user:"],"mirostat":1,"top_p":0.8},"logit_bias":{}}"#
        )
        #expect(
            asked == "{" + Self.hi + Self.tail
                + #","temperature":0.70,"top_p":0.8,"min_p":0.05,"typical_p":0.7,"presence_penalty":1.5,"frequency_penalty":1.0,"top_k":40,"repeat_last_n":33,"repeat_penalty":1.2,"repetition_penalty":1.2,"max_tokens":64,"seed":42,"stop":["\n","user:"],"logit_bias":{},"mirostat":1}"#
        )
    }

    @Test(arguments: [
        #"{"num_predict":-1}"#, #"{"num_predict":-2}"#, #"{"num_predict":0}"#, #"{"seed":-1}"#, #"{"stop":[]}"#,
        #"{"stop":""}"#, #"{"temperature":null}"#, "null", "{}",
    ])
    func optionsThatChangeNothing(_ options: String) throws {
        let asked = try OllamaTranscript.asked(
            chat, #"{"model":"m:latest","# + Self.hi + #","options":"# + options + "}")
        #expect(asked == "{" + Self.hi + Self.tail + "}")
    }

    @Test(arguments: [
        (#""format":"json""#, #","response_format":{"type":"json_object"}"#), (#""format":"""#, ""),
        (
            #""format":{"type":"object","properties":{"z":{},"a":{}}}"#,
            #","response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object","properties":{"z":{},"a":{}}}}}"#
        ),
        (#""think":true"#, #","chat_template_kwargs":{"enable_thinking":true,"thinking":true}"#),
        (
            #""think":false,"chat_template_kwargs":{"x":1,"thinking":null}"#,
            #","chat_template_kwargs":{"x":1,"thinking":null,"enable_thinking":false}"#
        ),
        (
            #""think":"max""#,
            #","reasoning_effort":"high","chat_template_kwargs":{"enable_thinking":true,"thinking":true,"reasoning_effort":"high"}"#
        ),
        (#""logprobs":true,"top_logprobs":3"#, #","logprobs":true,"top_logprobs":3"#),
        (#""logprobs":false,"top_logprobs":3,"truncate":true,"shift":false"#, ""),
    ])
    func fieldsOfTheirOwn(_ field: String, _ expected: String) throws {
        let asked = try OllamaTranscript.asked(chat, #"{"model":"m:latest","# + Self.hi + "," + field + "}")
        #expect(asked == "{" + Self.hi + Self.tail + expected + "}")
        let generated = try OllamaTranscript.asked(
            generate, #"{"model":"m:latest","prompt":"Hi","# + field + "}")
        #expect(generated == asked)
    }

    @Test func aPromptIsAConversation() throws {
        let asked = try OllamaTranscript.asked(
            generate,
            #"{"model":"m:latest","prompt":"Hi\n","system":"Be brief.","suffix":"","template":"","raw":false,"context":[],"images":["iVBORw0KGgo="],"foo":1}"#
        )
        #expect(
            asked
                == #"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi\n"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]"#
                + Self.tail + #","foo":1}"#)
    }

    @Test func vectors() throws {
        #expect(
            try OllamaTranscript.asked(
                OllamaEmbed(clock: { 0 }),
                #"{"model":"e","input":["a","\u00e9"],"truncate":true,"dimensions":8,"keep_alive":0,"options":{"num_ctx":1},"user":"u"}"#
            )
                == #"{"input":["a","\u00e9"],"dimensions":8,"model":"e","encoding_format":"float","user":"u"}"#)
        #expect(
            try OllamaTranscript.asked(OllamaEmbed(clock: { 0 }), #"{"model":"e","input":"a"}"#)
                == #"{"input":"a","model":"e","encoding_format":"float"}"#)
        #expect(
            try OllamaTranscript.asked(OllamaEmbeddings(), #"{"model":"e","prompt":"a"}"#)
                == #"{"input":"a","model":"e","encoding_format":"float"}"#)
    }
}
