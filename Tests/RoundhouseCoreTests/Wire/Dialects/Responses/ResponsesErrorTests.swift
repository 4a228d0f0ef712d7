import RoundhouseCore
import Testing

@Suite struct ResponsesErrorTests {
    private typealias Exchange = ResponsesExchange

    private let start = #""delta":{"content":"a"}"#

    @Test func aStreamThatBreaksOffIsNotWhole() throws {
        for request in [Exchange.plain, Exchange.streamed] {
            for done in [false, true] {
                let found = try Exchange.answer(request, Exchange.chunks([start], done: done))
                #expect(!found.isWhole && found.failure == nil && found.response == nil)
                #expect(found.text.isEmpty == (request == Exchange.plain))
                #expect(!found.text.contains("response.completed"))
            }
        }
    }

    @Test(arguments: [
        (#"data: {"error":{"message":"out of \"memory\""}}"# + "\n\n", #"out of "memory""#),
        (#"data: {"error":"boom"}"# + "\n\n", "boom"),
        (
            Exchange.chunks([#""delta":{},"finish_reason":"abort""#]),
            "the engine was stopped in the middle of its answer"
        ),
        (
            Exchange.chunks([#""delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}"#]),
            "the engine sent arguments of a tool call that had no name, or had ended"
        ),
    ])
    func theEnginesErrorsAreTold(_ error: String, _ why: String) throws {
        for before in ["", Exchange.chunks([start], done: false)] {
            let whole = try Exchange.answer(Exchange.plain, before + error)
            #expect(whole.text.isEmpty && whole.failure == why && !whole.isWhole)
            let found = try Exchange.answer(Exchange.streamed, before + error)
            #expect(found.failure == why && !found.isWhole)
            let last = try #require(found.text.split(separator: "\n\n").last)
            #expect(last.hasPrefix("event: response.failed\n"))
            let told = why.replacing(#"""#, with: #"\""#)
            #expect(
                last.contains(
                    #""status":"failed","error":{"code":"server_error","message":"The engine failed: \#(told)"}"#))
            #expect(found.text.contains("event: response.created\n"))
        }
    }

    @Test func nothingFollowsAnError() throws {
        let error = #"data: {"error":"boom"}"# + "\n\n"
        let alone = try Exchange.answer(Exchange.streamed, Exchange.chunks([start], done: false) + error)
        let more = try Exchange.answer(
            Exchange.streamed,
            Exchange.chunks([start], done: false) + error
                + Exchange.chunks([#""delta":{"content":"b"},"finish_reason":"stop""#]))
        #expect(alone == more)
    }

    @Test func errorsOfTheGateway() throws {
        let answer = GatewayError.missingModel.answer
        #expect(Exchange.dialect.body(of: answer) == ErrorBody.json(answer))
        let json = String(decoding: ErrorBody.json(answer), as: UTF8.self).dropFirst()
        func event(_ number: Int) -> String {
            "event: error\ndata: {\"type\":\"error\",\"sequence_number\":\(number),\"code\":\"missing_model\",\"message\":"
                + String(decoding: JSONText.quoted(answer.message), as: UTF8.self) + ",\"param\":\"model\",\(json)\n\n"
        }
        #expect(String(decoding: Exchange.dialect.lastWords(answer), as: UTF8.self) == event(0))
        var translator = try Exchange.translate(Exchange.streamed).answer
        var output: [UInt8] = []
        Array(Exchange.chunks([start], done: false).utf8).withUnsafeBytes { translator.take($0, into: &output) }
        #expect(translator.lastWords(answer).map { String(decoding: $0, as: UTF8.self) } == event(5))
    }
}

private typealias Exchange = ResponsesExchange
