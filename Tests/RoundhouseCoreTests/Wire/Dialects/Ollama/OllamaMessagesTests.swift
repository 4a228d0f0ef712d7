import Testing

@testable import RoundhouseCore

@Suite struct OllamaMessagesTests {
    private func messages(_ messages: String, more: String = "") throws -> String {
        let asked = try OllamaTranscript.asked(
            OllamaChat(clock: { 0 }), #"{"model":"m","messages":["# + messages + "]" + more + "}")
        let tail = #","model":"m","stream":true,"stream_options":{"include_usage":true}}"#
        #expect(asked.hasPrefix(#"{"messages":["#) && asked.hasSuffix(tail))
        return String(asked.dropFirst(#"{"messages":["#.count).dropLast(tail.count))
    }

    private static let calls =
        #"{"role":"assistant","content":"","tool_calls":[{"function":{"name":"weather","arguments":{"zone":"ost","a":[1.0,"\n"]}}},{"function":{"name":"now"}},{"function":{"name":"weather","arguments":{}}}]}"#
    private static let translatedCalls =
        #"{"role":"assistant","content":"","tool_calls":[{"id":"call_0","type":"function","function":{"name":"weather","arguments":"{\"zone\":\"ost\",\"a\":[1.0,\"\\n\"]}"}},{"id":"call_1","type":"function","function":{"name":"now","arguments":"{}"}},{"id":"call_2","type":"function","function":{"name":"weather","arguments":"{}"}}]}"#

    @Test func resultsFindTheirCallsByName() throws {
        let found = try messages(
            Self.calls
                + #",{"role":"tool","tool_name":"now","content":"9"},{"role":"tool","name":"weather","content":"rain"},{"role":"tool","tool_name":"weather","content":"sun"}"#
        )
        #expect(
            found == Self.translatedCalls
                + #",{"role":"tool","content":"9","tool_call_id":"call_1","name":"now"},{"role":"tool","content":"rain","tool_call_id":"call_0","name":"weather"},{"role":"tool","content":"sun","tool_call_id":"call_2","name":"weather"}]"#
        )
    }

    @Test func resultsWithoutNamesGoInOrder() throws {
        let found = try messages(
            Self.calls
                + #",{"role":"tool","tool_call_id":"call_0","content":"a"},{"role":"tool","content":"b"},{"role":"tool","tool_name":"other","content":"c"},{"role":"tool","content":"d"}"#
        )
        #expect(
            found == Self.translatedCalls
                + #",{"role":"tool","content":"a","tool_call_id":"call_0"},{"role":"tool","content":"b","tool_call_id":"call_1"},{"role":"tool","content":"c","tool_call_id":"call_2","name":"other"},{"role":"tool","content":"d","tool_call_id":"call_3"}]"#
        )
    }

    @Test func idsOfTheClientStay() throws {
        let found = try messages(
            #"{"role":"assistant","tool_calls":[{"id":"call_1","function":{"name":"a","arguments":{}}},{"function":{"name":"b","arguments":{}}}]},{"role":"tool","tool_name":"b","content":"x"},{"role":"tool","tool_call_id":"call_1","content":"y"}"#
        )
        #expect(
            found
                == #"{"role":"assistant","content":"","tool_calls":[{"id":"call_1","type":"function","function":{"name":"a","arguments":"{}"}},{"id":"call_2","type":"function","function":{"name":"b","arguments":"{}"}}]},{"role":"tool","content":"x","tool_call_id":"call_2","name":"b"},{"role":"tool","content":"y","tool_call_id":"call_1"}]"#
        )
    }

    @Test(arguments: [
        ("iVBORw0KGgoAAAANSUhEUg==", "image/png"), (#"\/9j\/4AAQ"#, "image/jpeg"),
        ("R0lGODlhAQABAIAAAAAA", "image/gif"),
        ("UklGRiQAAABXRUJQVlA4", "image/webp"), ("Qk02AAAA", "image/bmp"),
    ])
    func picturesBecomeLinks(_ base64: String, _ type: String) throws {
        let found = try messages(#"{"role":"user","content":"","images":[""# + base64 + #"\n"]}"#)
        let url = "data:\(type);base64,\(base64.replacing(#"\"#, with: ""))"
        #expect(
            found == #"{"role":"user","content":[{"type":"image_url","image_url":{"url":""# + url + #""}}]}]"#)
    }

    @Test func toolsKeepTheOrderOfTheirProperties() throws {
        let asked = try OllamaTranscript.asked(
            OllamaChat(clock: { 0 }),
            #"{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"function":{"name":"f","parameters":{"type":"object","properties":{"z":{},"a":{}}}}},{"type":"function","function":{"name":"g"}}]}"#
        )
        #expect(
            asked.contains(
                #""tools":[{"function":{"name":"f","parameters":{"type":"object","properties":{"z":{},"a":{}}}},"type":"function"},{"type":"function","function":{"name":"g"}}],"#
            ))
    }

    /// As the package `ollama` 0.6.3 for Python sends it.
    @Test func whatTheOfficialClientSends() throws {
        let asked = try OllamaTranscript.asked(
            OllamaChat(clock: { 0 }),
            #"{"model":"guide","stream":true,"options":{"temperature":0.5,"num_ctx":2048},"format":{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"string"}}},"keep_alive":"5m","messages":[{"role":"user","content":"hi","images":["iVBORw0KGgoAAAANSUhEUg=="]},{"role":"assistant","tool_calls":[{"function":{"name":"weather","arguments":{"zone":"o","days":2}}}]},{"role":"tool","content":"rain","tool_name":"weather"}],"tools":[{"type":"function","function":{"name":"weather","description":"Tell the weather.","parameters":{"type":"object","required":["zone","days"],"properties":{"zone":{"type":"string","description":"where"},"days":{"type":"integer","description":"how many"}}}}}],"think":true}"#
        )
        #expect(
            asked
                == #"{"messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="}}]},{"role":"assistant","content":"","tool_calls":[{"id":"call_0","type":"function","function":{"name":"weather","arguments":"{\"zone\":\"o\",\"days\":2}"}}]},{"role":"tool","content":"rain","tool_call_id":"call_0","name":"weather"}],"tools":[{"type":"function","function":{"name":"weather","description":"Tell the weather.","parameters":{"type":"object","required":["zone","days"],"properties":{"zone":{"type":"string","description":"where"},"days":{"type":"integer","description":"how many"}}}}}],"model":"guide","stream":true,"stream_options":{"include_usage":true},"response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"string"}}}}},"chat_template_kwargs":{"enable_thinking":true,"thinking":true},"temperature":0.5}"#
        )
    }
}
