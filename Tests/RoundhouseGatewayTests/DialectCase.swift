import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

/// One way of asking for the same: a dialect, at an engine that speaks it or does not, as a stream or not.
struct DialectCase: CustomTestStringConvertible, Sendable {
    enum Shape: Sendable {
        case openAI, anthropic, ollama
    }

    var path: String
    var shape: Shape
    var profile = EngineProfile.openAI
    var isStream: Bool
    /// The request without `model` and `stream`.
    var fields: String

    var testDescription: String { "\(path) at \(profile.name)\(isStream ? ", streamed" : "")" }

    static let all: [DialectCase] = [true, false].flatMap { isStream in
        let messages = #""messages":[{"role":"user","content":"hi"}]"#
        return [
            DialectCase(path: "/v1/chat/completions", shape: .openAI, isStream: isStream, fields: messages),
            DialectCase(path: "/v1/completions", shape: .openAI, isStream: isStream, fields: #""prompt":"hi""#),
            DialectCase(
                path: "/v1/messages", shape: .anthropic, isStream: isStream, fields: #""max_tokens":50,"# + messages),
            DialectCase(
                path: "/v1/messages", shape: .anthropic, profile: .anthropic, isStream: isStream,
                fields: #""max_tokens":50,"# + messages),
            DialectCase(path: "/api/chat", shape: .ollama, isStream: isStream, fields: messages),
            DialectCase(path: "/api/generate", shape: .ollama, isStream: isStream, fields: #""prompt":"hi""#),
            DialectCase(path: "/v1/responses", shape: .openAI, isStream: isStream, fields: #""input":"hi""#),
            DialectCase(
                path: "/v1/responses", shape: .openAI, profile: .llamaCpp, isStream: isStream, fields: #""input":"hi""#),
        ]
    }

    func request(_ model: String = "m", headers: String = "") -> String {
        Request.post(#"{"model":"\#(model)","stream":\#(isStream),\#(fields)}"#, to: path, headers: headers)
    }

    /// What a client of this dialect reads out of an error.
    func message(of answer: HTTPAnswer) throws -> String? {
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        switch shape {
        case .openAI: return (object?["error"] as? [String: Any])?["message"] as? String
        case .anthropic:
            guard object?["type"] as? String == "error" else { return nil }
            return (object?["error"] as? [String: Any])?["message"] as? String
        case .ollama: return object?["error"] as? String
        }
    }

    /// An engine that says `one` and `two`, and that it has read 7 tokens and written 3. It waits before `two`, if it streams and a
    /// signal is given, and breaks off there if `cuts`.
    static func upstream(goOn: Signal? = nil, cuts: Bool = false) throws -> ScriptedUpstream {
        try ScriptedUpstream { connection in
            while let request = try connection.request() {
                let path = request.head.split(separator: " ")[1]
                let events = events(String(path))
                guard request.text.contains(#""stream":true"#) else {
                    if cuts { return }
                    try connection.answer(whole(String(path)))
                    continue
                }
                try connection.beginStream()
                try connection.chunk(events[0])
                if cuts { return }
                if let goOn {
                    try goOn.wait()
                    // Whoever has left does not read the rest.
                    try connection.waitForClose()
                    return
                }
                for event in events.dropFirst() { try connection.chunk(event) }
                try connection.endChunks()
            }
        }
    }

    /// The events of a stream.
    static func events(_ path: String) -> [String] {
        func event(_ name: String, _ data: String) -> String {
            "event: \(name)\ndata: {\"type\":\"\(name)\",\(data)}\n\n"
        }
        let end = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
        let delta = #""index":0,"delta":{"type":"text_delta","text":"#
        switch path {
        case "/v1/messages":
            return [
                event(
                    "message_start",
                    #""message":{"id":"i","role":"assistant","content":[],"usage":{"input_tokens":7,"output_tokens":1}}"#
                )
                    + event("content_block_delta", delta + #""one"}"#),
                event("content_block_delta", delta + #""two"}"#),
                event("message_delta", #""delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}"#),
                event("message_stop", #""x":1"#),
            ]
        case "/v1/responses":
            return [
                event("response.output_text.delta", #""delta":"one""#),
                event("response.output_text.delta", #""delta":"two""#),
                event(
                    "response.completed",
                    #""response":{"id":"r","status":"completed","usage":{"input_tokens":7,"output_tokens":3}}"#),
            ]
        case "/v1/completions":
            func text(_ word: String) -> String { "data: {\"choices\":[{\"index\":0,\"text\":\"\(word)\"}]}\n\n" }
            return [text("one"), text("two"), end, Events.usage, Events.done]
        default: return [Events.text("one"), Events.text("two"), end, Events.usage, Events.done]
        }
    }

    private static func whole(_ path: String) -> String {
        let usage = #""usage":{"input_tokens":7,"output_tokens":3}"#
        switch path {
        case "/v1/messages": return #"{"type":"message","content":[{"type":"text","text":"onetwo"}],\#(usage)}"#
        case "/v1/responses": return #"{"id":"r","object":"response","status":"completed","output":[],\#(usage)}"#
        default: return Events.completion
        }
    }
}
