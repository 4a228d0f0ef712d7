import RoundhouseCore
import Testing

/// Forms that are not as they should be: each with a sentence that says what is wrong.
@Suite struct MultipartRefusalTests {
    private static let disposition = "Content-Disposition: form-data; name=\"a\"\r\n"

    static let cases: [(text: String, says: String, parameter: String?)] = [
        ("", "no body", nil),
        ("hello", "\"B\" of the Content-Type does not occur", nil),
        ("--C\r\n", "does not occur", nil),
        ("--B", "ends at a boundary", nil),
        ("--B\r", "ends at a boundary", nil),
        ("--B-", "ends at a boundary", nil),
        ("--B\r\n", "inside the headers of part 1", nil),
        (Form.model + "--B\r\nContent-", "inside the headers of part 2", nil),
        ("--B\r\n" + disposition + "\r\n", "inside the part \"a\"; the closing boundary is missing", "a"),
        (String(Form.file.dropLast(1)), "inside the part \"file\"", "file"),
        (Form.model, "inside the part \"model\"", "model"),
        ("--B\n" + disposition + "\nx\n--B--\n", "LF without CR", nil),
        ("--B x\r\n", "other than CRLF or --", nil),
        ("--B \r\n", "other than CRLF or --", nil),
        ("--B\rx", "other than CRLF or --", nil),
        ("--B-x", "other than CRLF or --", nil),
        ("--BC\r\n", "other than CRLF or --", nil),
        (Form.part("file", "x\r\n--Bx", file: "a") + Form.end, "other than CRLF or --", nil),
        ("--B\r\n\r\nx\r\n--B--", "no Content-Disposition", nil),
        ("--B\r\nContent-Type: a/b\r\n\r\nx\r\n--B--", "no Content-Disposition", nil),
        ("--B\r\n" + disposition + disposition + "\r\nx\r\n--B--", "more than one Content-Disposition", nil),
        ("--B\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--B--", "must be form-data", nil),
        ("--B\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--B--", "must be form-data", nil),
        ("--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--", "must have one name", nil),
        ("--B\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--B--", "must have one name", nil),
        ("--B\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nx\r\n--B--", "must have one name", nil),
        (
            "--B\r\nContent-Disposition: form-data; name=a; name*=utf-8''model\r\n\r\nx\r\n--B--", "must have one name",
            nil
        ),
        ("--B\r\nContent-Disposition: form-data; name=\"mo\\del\"\r\n\r\nx\r\n--B--", "with escapes", nil),
        ("--B\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\nx\r\n--B--", "header line that is none", nil),
        ("--B\r\nnonsense\r\n\r\nx\r\n--B--", "header line that is none: \"nonsense\"", nil),
        ("--B\r\n: a\r\n\r\nx\r\n--B--", "header line that is none", nil),
        ("--B\r\nA : b\r\n" + disposition + "\r\nx\r\n--B--", "header line that is none", nil),
        ("--B\r\n" + disposition + "X: \u{0}\r\n\r\nx\r\n--B--", "control character", nil),
        (
            "--B\r\nX: a\nContent-Disposition: form-data; name=\"model\"\r\n\r\nx\r\n--B--", "lines that end in CRLF",
            nil
        ),
        ("--B\r\nX: a\rY: b\r\n" + disposition + "\r\nx\r\n--B--", "lines that end in CRLF", nil),
        ("--B\r\n--B\r\n" + disposition + "\r\nx\r\n--B--", "header line that is none", nil),
        (Form.part("model", "") + Form.end, "\"model\" is empty", "model"),
        (Form.part("model", String(repeating: "a", count: 257)) + Form.end, "may have 256 bytes", "model"),
        (Form.part("stream", String(repeating: "a", count: 257)) + Form.end, "may have 256 bytes", "stream"),
        (Form.model + Form.part("model", "other") + Form.end, "differ: \"whisper\" and \"other\"", "model"),
        (Form.part("model", "m", file: "m") + Form.end, "sent as a file", "model"),
        (
            Form.part("model", "bQ==", headers: "Content-Transfer-Encoding: base64\r\n") + Form.end,
            "Content-Transfer-Encoding", "model"
        ),
        (
            Form.model + Form.part("file", "", file: "a.wav") + Form.end, "The file in the part \"file\" is empty",
            "file"
        ),
        (Form.part("image", "", file: "") + Form.end, "The file in the part \"image\" is empty", "image"),
        (String(repeating: Form.part("a", "x"), count: 64) + Form.model + Form.end, "more than 64 parts", nil),
        ("--B\r\n" + disposition + "X: " + String(repeating: "x", count: 9000), "longer than 8192 bytes", nil),
    ]

    @Test(arguments: cases) func refused(_ text: String, _ says: String, _ parameter: String?) {
        let scanned = ScannedForm(text)
        #expect(scanned.form == nil)
        #expect(scanned.complaint?.message.contains(says) == true, "\(scanned.complaint?.message ?? "accepted")")
        #expect(scanned.complaint?.parameter == parameter)
        #expect(scanned.complaint?.message.hasSuffix(".") == true, "a sentence")
        #expect((scanned.complaint?.message.utf8.count ?? 0) < 400)
    }

    @Test func aFormWithoutAModelIsReadAndHasNone() {
        let scanned = ScannedForm(Form.file + Form.end)
        #expect(scanned.form != nil)
        #expect(scanned.form?.model == nil)
        #expect(ScannedForm("--B--").form?.parts.isEmpty == true)
    }

    /// What another reader may take for parts must not stand where this one saw none.
    @Test func aBoundaryInAHeaderIsNoHiding() {
        let hidden = "--B\r\nContent-Disposition: form-data; name=\"x\"; filename=\"\r\n--B\r\n"
        #expect(ScannedForm(hidden + Form.model + Form.end).form == nil)
    }
}
