import RoundhouseCore
import Testing

@Suite struct AudioTimeScannerTests {
    private func milliseconds(_ text: String, pieces: [[UInt8]]? = nil, _ kind: BodyFraming.Kind = .untilClose) -> Int?
    {
        var scanner = AudioTimeScanner(kind)
        for piece in pieces ?? [Array(text.utf8)] { piece.withUnsafeBytes { scanner.scan($0) } }
        return scanner.milliseconds
    }

    static let cases: [(String, Int?)] = [
        (#"{"text":"hi","usage":{"type":"duration","seconds":9}}"#, 9000),
        (#"{"task":"transcribe","duration":8.470000267028809,"text":"hi","segments":[{"duration":3}]}"#, 8470),
        (#"{"duration":"8.47","text":""}"#, 8470), (#"{ "duration" : 1.5e1 , "text":""}"#, 15_000),
        (#"{"duration":8.2,"usage":{"type":"duration","seconds":9}}"#, 9000),
        (#"{"usage":{"seconds":9},"duration":8.2}"#, 9000), (#"{"duration":0}"#, 0),
        (#"{"text":"\"duration\":5,","usage":{"type":"tokens","input_tokens":14,"output_tokens":5}}"#, nil),
        (#"{"text":"\\","duration":5}"#, 5000), (#"{"segments":[{"duration":3}],"text":"duration"}"#, nil),
        (#"{"words":[{"seconds":3,"usage":{"seconds":4}}]}"#, nil), (#"{"usage":{"details":{"seconds":4}}}"#, nil),
        (#"{"usage":{"details":{"a":4},"seconds":5}}"#, 5000), (#"{"usage":null,"seconds":5}"#, nil),
        (#"{"duration":null}"#, nil), (#"{"duration":-1}"#, nil), (#"{"duration":1e300}"#, nil),
        (#"{"duration":"nan"}"#, nil), (#"{"duration":"inf"}"#, nil), (#"{"duration":true}"#, nil),
        (#"{"duration":5"#, nil), ("", nil), ("}}}]\":,duration", nil), (#"["duration",5]"#, nil),
        (
            "data: {\"type\":\"transcript.text.delta\",\"delta\":\"duration\"}\n\n"
                + "data: {\"type\":\"transcript.text.done\",\"usage\":{\"type\":\"duration\",\"seconds\":12}}\n\ndata: [DONE]\n\n",
            12_000
        ),
    ]

    @Test(arguments: cases) func found(_ text: String, _ expected: Int?) {
        #expect(milliseconds(text) == expected)
        var random = SeededRandom(7)
        for _ in 0..<20 {
            #expect(milliseconds("", pieces: random.pieces(of: Array(text.utf8), longest: 5)) == expected)
        }
    }

    @Test func framingIsNoPartOfIt() {
        let text = #"{"text":"hi","duration":8.25,"x":1}"#
        let chunked = text.map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n"
        #expect(milliseconds(chunked, .chunked) == 8250)
        #expect(milliseconds(text + #"{"duration":9}"#, .length(text.utf8.count)) == 8250)
    }
}
