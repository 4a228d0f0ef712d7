import RoundhouseCore
import Testing

/// What is changed in a form before it goes upstream.
@Suite struct FormPatchTests {
    private func patched(
        _ text: String, model: String = "up", defaults: [RequestDefault] = [], dropping: [String] = []
    ) throws -> String {
        let bytes = Array(text.utf8)
        let boundary = try MultipartBoundary(contentType: "multipart/form-data; boundary=B")
        var scanner = MultipartScanner(boundary)
        try bytes.withUnsafeBufferPointer { try scanner.scan(UnsafeRawBufferPointer($0)) }
        let patch = BodyPatch.make(
            form: try scanner.finish(), count: bytes.count, boundary: boundary, upstreamModel: Array(model.utf8),
            defaults: defaults, dropping: dropping)
        var written: [UInt8] = []
        bytes.withUnsafeBytes { original in patch.write(original) { written += $0 } }
        var fromSegments: [UInt8] = []
        for segment in patch.segments(of: bytes.count) {
            switch segment {
            case .original(let range):
                #expect(!range.isEmpty)
                fromSegments += bytes[range]
            case .inserted(let more):
                #expect(!more.isEmpty)
                fromSegments += more
            }
        }
        #expect(fromSegments == written, "in memory and from a file it is the same")
        #expect(patch.length(of: bytes.count) == written.count)
        return String(decoding: written, as: UTF8.self)
    }

    private func field(_ key: String, _ json: String) -> RequestDefault {
        RequestDefault(key: key, json: Array(json.utf8))
    }

    @Test(arguments: [Form.model + Form.file, Form.file + Form.model, Form.model + Form.file + Form.model])
    func theModelIsReplacedAndNothingElse(_ parts: String) throws {
        let wanted = (parts + Form.end).replacing("whisper", with: "org/whisper-large")
        #expect(try patched(parts + Form.end, model: "org/whisper-large") == wanted)
    }

    @Test func nothingChangesWhereTheNameIsTheSame() throws {
        let text = Form.file + Form.model + Form.end
        #expect(try patched(text, model: "whisper") == text)
        #expect(try patched(String(text.dropLast(1)), model: "whisper") + "\r\n" == text, "nor where CRLF is missing")
    }

    @Test func whatStandsOutsideTheBoundariesIsTakenOff() throws {
        let form = Form.model + Form.file + "--B--"
        let wanted = form.replacing("whisper", with: "up")
        #expect(try patched("preamble\r\n" + form + "\r\nepilogue") == wanted + "\r\n")
        #expect(try patched("\r\n" + form) == wanted)
    }

    @Test func defaultsAreAddedWhereTheClientSentNone() throws {
        let text = Form.part("language", "de") + Form.model + Form.end
        let defaults = [
            field("language", "\"en\""), field("temperature", "0.2"), field("prompt", #""a \"b\" é""#),
            field("vad", "true"), field("words", #"["a"]"#), field("more", "{}"), field("none", "null"),
        ]
        let added =
            Form.part("temperature", "0.2") + Form.part("prompt", "a \"b\" é") + Form.part("vad", "true")
        #expect(try patched(text, model: "whisper", defaults: defaults) == added + text)
        #expect(try patched("x\r\n" + text, model: "whisper", defaults: defaults) == added + text)
        let without = added.replacing(Form.part("vad", "true"), with: "")
        #expect(try patched(text, model: "whisper", defaults: defaults, dropping: ["vad"]) == without + text)
    }

    @Test func aDefaultCannotBreakTheForm() throws {
        let text = Form.model + Form.end
        let value = #""x\r\n--B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nother""#
        #expect(try patched(text, model: "whisper", defaults: [field("prompt", value)]) == text)
        let name = field("a\"\r\nb", "1")
        #expect(try patched(text, model: "whisper", defaults: [name]) == Form.part("a%22%0D%0Ab", "1") + text)
    }

    @Test(arguments: [
        Form.part("user", "u") + Form.model + Form.file, Form.model + Form.part("user", "u") + Form.file,
        Form.model + Form.file + Form.part("user", "u"),
    ])
    func rejectedFieldsAreLeftOut(_ parts: String) throws {
        #expect(
            try patched(parts + Form.end, dropping: ["user"])
                == (parts + Form.end).replacing(Form.part("user", "u"), with: "").replacing("whisper", with: "up"))
    }
}
