import Foundation
import RoundhouseCore
import Testing

/// Answers of an engine that calls its model by a path, ends without `[DONE]` and puts usage into the last chunk.
@Suite struct AnswerTranslatorTests {
    private static let stream = [
        #"{"id":"c1","object":"chat.completion.chunk","created":7,"model":"/w/m@main","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}],"system_fingerprint":"","usage":null}"#,
        #"{"id":"c1","object":"chat.completion.chunk","created":7,"model":"/w/m@main","choices":[{"index":0,"delta":{"content":"Grüß "},"finish_reason":null}]}"#,
        #"{"id":"c1","object":"chat.completion.chunk","created":7,"model":"/w/m@main","choices":[{"index":0,"delta":{"content":"Gott 🎉"},"finish_reason":null}]}"#,
        #"{"id":"c1","object":"chat.completion.chunk","created":7,"model":"/w/m@main","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#,
    ]

    private func events(_ datas: [String]) -> [UInt8] { Array(datas.map { "data: \($0)\n\n" }.joined().utf8) }

    /// Feeds the translator in pieces of random sizes.
    private func run(
        _ translator: inout some AnswerTranslator, _ input: [UInt8], seed: UInt64, ends: Bool = true
    ) -> String {
        var random = seed
        var output: [UInt8] = []
        var rest = input[...]
        while !rest.isEmpty {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let piece = Array(rest.prefix(seed == 0 ? rest.count : Int(random >> 59) + 1))
            rest = rest.dropFirst(piece.count)
            piece.withUnsafeBytes { translator.take($0, into: &output) }
        }
        if ends { translator.finish(into: &output) }
        return String(decoding: output, as: UTF8.self)
    }

    private func datas(_ text: String) throws -> [[String: Any]] {
        try text.split(separator: "\n\n").filter { $0 != "data: [DONE]" }.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.dropFirst(6).utf8)) as? [String: Any])
        }
    }

    @Test(arguments: 0..<40)
    func aStreamBecomesOpenAIs(seed: Int) throws {
        var translator = StreamNormalizer(model: "guide", includeUsage: true)
        let text = run(&translator, events(Self.stream), seed: UInt64(seed))
        #expect(text.hasSuffix("data: [DONE]\n\n"))
        #expect(!text.contains("/w/m"))
        let chunks = try datas(text)
        #expect(chunks.count == 5)
        #expect(chunks.allSatisfy { $0["model"] as? String == "guide" })
        #expect(chunks.dropLast().allSatisfy { $0["usage"] == nil || $0["usage"] is NSNull })
        let last = try #require(chunks.last)
        #expect((last["choices"] as? [Any])?.isEmpty == true)
        #expect((last["usage"] as? [String: Any])?["completion_tokens"] as? Int == 2)
        #expect(translator.usage == TokenUsage(inputTokens: 3, outputTokens: 2))
        #expect(translator.isWhole && translator.dataEvents == 4)
    }

    @Test func usageThatNobodyAskedForIsNotSent() throws {
        var translator = StreamNormalizer(model: "guide", includeUsage: false)
        let text = run(&translator, events(Self.stream), seed: 0)
        #expect(try datas(text).count == 4)
        #expect(!text.contains("prompt_tokens"))
        #expect(translator.usage != nil)
    }

    @Test func aStreamThatBreaksOffIsNotPassedOffAsWhole() {
        var translator = StreamNormalizer(model: "guide", includeUsage: true)
        let text = run(&translator, events(Array(Self.stream.dropLast())), seed: 0)
        #expect(!translator.isWhole)
        #expect(!text.contains("[DONE]"))
    }

    @Test func anAbortIsAFailure() {
        let abort = Self.stream[3].replacing(#""stop""#, with: #""abort""#)
        var normalizer = StreamNormalizer(model: "guide", includeUsage: true)
        _ = run(&normalizer, events(Self.stream.dropLast() + [abort]), seed: 0)
        #expect(!normalizer.isWhole && normalizer.failure != nil)
        var assembler = AnswerAssembler(model: "guide")
        #expect(run(&assembler, events(Self.stream.dropLast() + [abort]), seed: 0).isEmpty)
        #expect(!assembler.isWhole && assembler.failure != nil)
    }

    @Test func anErrorInTheStreamIsTold() {
        var assembler = AnswerAssembler(model: "guide")
        let text = run(&assembler, events(Self.stream.prefix(2) + [#"{"error":{"message":"out of memory"}}"#]), seed: 0)
        #expect(text.isEmpty)
        #expect(assembler.failure == "out of memory")
    }

    @Test(arguments: 0..<40)
    func chunksBecomeOneAnswer(seed: Int) throws {
        var translator = AnswerAssembler(model: "guide")
        let text = run(&translator, events(Self.stream), seed: UInt64(seed))
        let expected: [String: Any] = [
            "id": "c1", "object": "chat.completion", "created": 7, "model": "guide", "system_fingerprint": "",
            "choices": [
                ["index": 0, "message": ["role": "assistant", "content": "Grüß Gott 🎉"], "finish_reason": "stop"]
            ],
            "usage": ["prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5],
        ]
        let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
        #expect(answer == expected as NSDictionary)
    }

    @Test(arguments: 0..<20)
    func nothingThatChunksHoldIsLost(seed: Int) throws {
        let chunks = [
            #"{"id":"c","object":"chat.completion.chunk","extra":{"a":1},"choices":[{"index":1,"delta":{"role":"assistant","content":"b"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"hm"},"logprobs":{"content":[{"token":"x","logprob":-0.5}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"reasoning_content":"m","tool_calls":[{"index":0,"id":"t0","type":"function","function":{"name":"f","arguments":"{\"a\""}}]},"logprobs":{"content":[{"token":"y","logprob":-1}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"t1","type":"function","function":{"name":"g","arguments":""}},{"index":0,"function":{"arguments":":1}"}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]},"finish_reason":"tool_calls"},{"index":1,"delta":{"content":"c"},"finish_reason":"length","stop_reason":7}]}"#,
        ]
        var translator = AnswerAssembler(model: nil)
        let text = run(&translator, events(chunks), seed: UInt64(seed))
        func call(_ id: String, _ name: String, _ arguments: String) -> [String: Any] {
            ["id": id, "type": "function", "function": ["name": name, "arguments": arguments]]
        }
        let expected: [String: Any] = [
            "id": "c", "object": "chat.completion", "extra": ["a": 1],
            "choices": [
                [
                    "index": 0, "finish_reason": "tool_calls",
                    "logprobs": ["content": [["token": "x", "logprob": -0.5], ["token": "y", "logprob": -1]]],
                    "message": [
                        "role": "assistant", "content": NSNull(), "reasoning_content": "hmm",
                        "tool_calls": [call("t0", "f", #"{"a":1}"#), call("t1", "g", "{}")],
                    ],
                ],
                [
                    "index": 1, "finish_reason": "length", "stop_reason": 7,
                    "message": ["role": "assistant", "content": "bc"],
                ],
            ],
        ]
        let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
        #expect(answer == expected as NSDictionary)
    }

    @Test func textCompletionsToo() throws {
        let chunks = [
            #"{"object":"text_completion","model":"x","choices":[{"index":0,"text":"a","finish_reason":null}]}"#,
            #"{"object":"text_completion","model":"x","choices":[{"index":0,"text":"b","finish_reason":"stop"}]}"#,
        ]
        var translator = AnswerAssembler(model: "m")
        let text = run(&translator, events(chunks), seed: 3)
        let expected: [String: Any] = [
            "object": "text_completion", "model": "m",
            "choices": [["index": 0, "text": "ab", "finish_reason": "stop"]],
        ]
        #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary == expected as NSDictionary)
    }
}

@Suite struct JSONTextCountTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("🎉", 1), (#"\n\t\""#, 3), (#"\u00e9"#, 1), (#"\ud83c\udf89"#, 1), (#"\\u"#, 2),
        (#"a\ud83cb"#, 3),
    ])
    func codePoints(_ content: String, _ count: Int) {
        #expect(Array(content.utf8).withUnsafeBytes { JSONText.characterCount($0) } == count)
    }
}
