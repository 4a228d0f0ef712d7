import RoundhouseCore
import Testing

@Suite struct MultipartBoundaryTests {
    @Test(arguments: [
        ("multipart/form-data; boundary=B", "B", "B"),
        ("multipart/form-data;boundary=B", "B", "B"),
        ("Multipart/Form-Data ; Boundary=B", "B", "B"),
        ("multipart/form-data; charset=utf-8; boundary=\"B\"", "B", "B"),
        ("multipart/form-data; boundary=B; charset=utf-8;", "B", "B"),
        (
            "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
            "----WebKitFormBoundary7MA4YWxkTrZu0gW",
            "----WebKitFormBoundary7MA4YWxkTrZu0gW"
        ),
        ("multipart/form-data; boundary=\"===============12==\"", "===============12==", "\"===============12==\""),
        ("multipart/form-data; boundary=a:b/c", "a:b/c", "\"a:b/c\""),
        ("multipart/form-data; boundary=\"a b\"", "a b", "\"a b\""),
        (
            "multipart/form-data; boundary=\(String(repeating: "x", count: 70))", String(repeating: "x", count: 70),
            String(repeating: "x", count: 70)
        ),
    ])
    func areRead(_ type: String, _ boundary: String, _ written: String) throws {
        #expect(MultipartBoundary.isForm(type))
        let read = try MultipartBoundary(contentType: type)
        #expect(String(decoding: read.bytes, as: UTF8.self) == boundary)
        #expect(read.contentType == "multipart/form-data; boundary=" + written)
        #expect(try MultipartBoundary(contentType: read.contentType) == read, "what goes upstream says the same")
    }

    @Test(arguments: [
        ("multipart/form-data", "without a boundary"), ("multipart/form-data; boundary=", "without a boundary"),
        ("multipart/form-data; boundary=\"\"", "without a boundary"),
        ("multipart/form-data; boundary*=utf-8''B", "without a boundary"),
        ("multipart/form-data; boundary=a; boundary=b", "more than one"),
        ("multipart/form-data; boundary=a; boundary=a", "more than one"),
        ("multipart/form-data; boundary=\(String(repeating: "x", count: 71))", "71 characters; at most 70"),
        ("multipart/form-data; boundary=a\\b", "character"), ("multipart/form-data; boundary=\"a\\\"b\"", "character"),
        ("multipart/form-data; boundary=\"a \"", "character"), ("multipart/form-data; boundary=ä", "character"),
        ("multipart/form-data; boundary=\"a\u{0}\"", "character"),
        ("multipart/form-data; boundary=\"a", "cannot be read"),
        ("multipart/form-data; boundary=\"a\"b", "cannot be read"), ("multipart/form-data; boundary", "cannot be read"),
        ("multipart/form-data; =a", "cannot be read"), ("multipart/mixed; boundary=a", "cannot be read"),
        ("", "cannot be read"),
    ])
    func areRefused(_ type: String, _ why: String) throws {
        let error = #expect(throws: MultipartError.self) { try MultipartBoundary(contentType: type) }
        #expect(error?.message.contains(why) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        "application/json", "", "multipart/mixed; boundary=B", "multipart/form-datax",
        "text/plain; a=multipart/form-data",
    ])
    func otherTypesAreNoForms(_ type: String) { #expect(!MultipartBoundary.isForm(type)) }
}
