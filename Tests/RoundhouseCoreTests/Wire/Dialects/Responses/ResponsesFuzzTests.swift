import Foundation
import RoundhouseCore
import Testing

/// Damaged requests and answers are refused or make JSON, whatever is in them.
@Suite struct ResponsesFuzzTests {
    private typealias Exchange = ResponsesExchange

    private static let request =
        #"{"model":"m","instructions":"i","input":[{"role":"user","content":[{"type":"input_text","text":"é"},{"type":"input_image","image_url":"data:x","detail":"low"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"o"}],"tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":{"type":"function","name":"f"},"text":{"format":{"type":"json_schema","name":"n","schema":{}}},"reasoning":{"effort":"none"},"include":["message.output_text.logprobs"],"stream":true}"#

    private static let stream = Exchange.chunks(
        [
            #""delta":{"reasoning_content":"h"}"#,
            #""delta":{"content":"a\u00e9 🎉"},"logprobs":{"content":[{"token":"a"}]}"#,
            #""delta":{"refusal":"no"}"#,
            #""delta":{"tool_calls":[{"index":0,"id":"c0","function":{"name":"f","arguments":"{\"a\""}}]}"#,
            #""delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}},{"index":1,"function":{"name":"g"}}]},"finish_reason":"stop""#,
        ], usage: #"{"prompt_tokens":3,"completion_tokens":4,"completion_tokens_details":{"reasoning_tokens":1}}"#)

    private func isJSON(_ bytes: some Sequence<UInt8>) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(bytes))) != nil
    }

    @Test(arguments: 0..<60)
    func requests(seed: Int) {
        var random = SeededRandom(UInt64(seed))
        for _ in 0..<50 {
            let bytes = random.mutated(Array(Self.request.utf8), inserting: Array(#"{}[]",:\ntrue0"#.utf8))
            guard let request = try? Exchange.translate(String(decoding: bytes, as: UTF8.self)) else { continue }
            #expect(isJSON(request.body), "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test(arguments: 0..<60)
    func answers(seed: Int) throws {
        var random = SeededRandom(UInt64(seed))
        for _ in 0..<20 {
            let bytes = random.mutated(Array(Self.stream.utf8), inserting: Array(#"{}[]",:\ntrue0"#.utf8))
            let damaged = String(decoding: bytes, as: UTF8.self)
            let pieces = random.pieces(of: Array(damaged.utf8), longest: 90)
            let found = try Exchange.answer(Self.request, in: pieces)
            #expect(found == (try Exchange.answer(Self.request, in: [Array(damaged.utf8)])))
            var number = 0
            for event in found.text.split(separator: "\n\n") {
                let lines = event.split(separator: "\n")
                #expect(lines.count == 2 && lines[1].contains(#""sequence_number":\#(number),"#), "\(event)")
                #expect(isJSON(lines[lines.count - 1].dropFirst(6).utf8), "\(event)")
                number += 1
            }
        }
    }
}
