import RoundhouseCore
import Testing

@Suite struct MultipartScannerTests {
    @Test(arguments: [
        (Form.model + Form.file + Form.end, ["model=whisper", "file=RIFF\r\n\u{0}--B"]),
        (Form.file + Form.model + Form.end, ["file=RIFF\r\n\u{0}--B", "model=whisper"]),
    ])
    func theModelMayStandOnEitherSideOfTheFile(_ text: String, _ values: [String]) throws {
        let scanned = ScannedForm(text)
        #expect(scanned.values == values)
        #expect(scanned.form?.model == Array("whisper".utf8))
        #expect(scanned.wholes.joined() + Form.end == text)
        #expect(scanned.form?.parts.map(\.isFile) == values.map { $0.hasPrefix("file") })
        #expect(scanned.form?.extent == 0..<text.utf8.count - 2)
    }

    @Test(arguments: ["", "\r\n", "\r\nmore\r\n", " --B\r\n", "\r\n" + Form.part("model", "other") + Form.end])
    func whatFollowsTheEndMeansNothing(_ epilogue: String) {
        let text = Form.model + "--B--"
        let scanned = ScannedForm(text + epilogue)
        #expect(scanned.values == ["model=whisper"])
        #expect(scanned.form?.extent == 0..<text.utf8.count)
    }

    @Test(arguments: ["\r\n", "This is a form.\r\n", "--A\r\n--\r\n-\r\n", "--BB", "\r\r\n"])
    func whatPrecedesTheStartMeansNothing(_ preamble: String) {
        let start = preamble.hasSuffix("\r\n") ? preamble : preamble + "\r\n"
        let scanned = ScannedForm(start + Form.model + Form.end)
        // A first line that begins with the boundary and goes on is refused, not skipped.
        if preamble == "--BB" {
            #expect(scanned.complaint?.message.contains("other than CRLF") == true)
        } else {
            #expect(scanned.values == ["model=whisper"])
            #expect(scanned.form?.extent.lowerBound == start.utf8.count)
        }
    }

    @Test(arguments: [
        ("form-data; name=\"model\"", "model"), ("form-data; name=model", "model"),
        ("form-data;name=\"model\"", "model"), ("FORM-DATA ; NAME=\"model\" ;", "model"),
        ("form-data; name=\"a;b=c\"", "a;b=c"), ("form-data; name=\"image[]\"", "image[]"),
        ("form-data; name=\"größe\"", "größe"), ("form-data; x=\"a\\\"; name=b\"; name=\"c\"", "c"),
    ])
    func namesAreReadInTheSpellingsOfClients(_ disposition: String, _ name: String) {
        let text = "--B\r\ncontent-disposition:\(disposition)\r\n\r\nv\r\n--B--"
        #expect(ScannedForm(text).values == [name + "=v"])
    }

    @Test(arguments: [
        "filename=\"a.wav\"", "filename=a.wav", "filename=\"\"", "filename=\"C:\\\\a.wav\"", "filename=\"a\\\"b.wav\"",
        "filename*=utf-8''%C3%A4.wav", "filename=\"Größe 😀.wav\"",
    ])
    func fileNamesMakeFiles(_ file: String) {
        let text = "--B\r\nContent-Disposition: form-data; name=\"file\"; \(file)\r\n\r\nx\r\n--B--"
        let scanned = ScannedForm(text)
        #expect(scanned.values == ["file=x"])
        #expect(scanned.form?.parts.first?.isFile == true)
    }

    @Test(arguments: [
        "", "Content-Type: text/plain; charset=utf-8\r\n", "Content-Transfer-Encoding: 8BIT\r\nX-A: b\r\n",
    ])
    func theModelMayHaveOtherHeaders(_ headers: String) {
        let scanned = ScannedForm(Form.part("model", "m", headers: headers) + Form.end)
        #expect(scanned.form?.model == Array("m".utf8))
    }

    @Test func equalModelsAreOne() {
        #expect(ScannedForm(Form.model + Form.file + Form.model + Form.end).form?.model == Array("whisper".utf8))
    }

    @Test(arguments: [("true", true), ("True", true), ("1", true), ("false", false), ("0", false), ("", false)])
    func streamIsRead(_ text: String, _ streams: Bool) {
        #expect(ScannedForm(Form.part("stream", text) + Form.end).form?.stream == streams)
    }

    @Test func theResponseFormatIsRead() {
        #expect(ScannedForm(Form.part("response_format", "srt") + Form.end).form?.responseFormat == "srt")
        #expect(ScannedForm(Form.model + Form.end).form?.responseFormat == nil)
        #expect(ScannedForm(Form.model + Form.end).form?.stream == false)
    }

    @Test func emptyFieldsThatDecideNothingAreFine() {
        #expect(ScannedForm(Form.part("prompt", "") + Form.end).values == ["prompt="])
    }

    @Test func partsUpToTheLimitAreTaken() {
        let parts = String(repeating: Form.part("image[]", "x", file: "a.png"), count: 63)
        #expect(ScannedForm(parts + Form.model + Form.end).form?.parts.count == 64)
    }

    @Test func valuesUpToTheLimitAreTaken() {
        let name = String(repeating: "é", count: 128)
        #expect(ScannedForm(Form.part("model", name) + Form.end).form?.model == Array(name.utf8))
    }

    @Test func headersUpToTheLimitAreTaken() {
        let start = "Content-Disposition: form-data; name=\"a\"\r\nX: "
        let filler = String(repeating: "x", count: 8192 - start.utf8.count - 4)
        #expect(ScannedForm("--B\r\n\(start)\(filler)\r\n\r\nv\r\n--B--").values == ["a=v"])
        #expect(ScannedForm("--B\r\n\(start)\(filler)x\r\n\r\nv\r\n--B--").complaint?.message.contains("8192") == true)
    }

    @Test func aLongBoundaryIsFoundAcrossPieces() {
        let boundary = String(repeating: "-", count: 70)
        let text = "--\(boundary)\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n-----\r\n\r\n--\(boundary)--"
        for size in 1...150 {
            let bytes = Array(text.utf8)
            let pieces = stride(from: 0, to: bytes.count, by: size).map {
                Array(bytes[$0..<min(bytes.count, $0 + size)])
            }
            #expect(ScannedForm(pieces, boundary: boundary).values == ["a=\r\n-----\r\n"], "\(size)")
        }
    }
}
